// Calls that give back what they should not: double, invalid and mismatched frees.
#include <algorithm>

#include "core/config.h"
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

constexpr std::uintptr_t kNearNull = 4096;  // bytes: the page that is never mapped

// Equal as far as both were recorded.
bool same_stack(const Stack& a, const Stack& b) {
  const std::size_t depth = std::min({a.depth, b.depth, kMaxFrames});
  if (depth == 0) return false;
  for (std::size_t i = 0; i < depth; ++i) {
    if (a.frames[i].pc != b.frames[i].pc) return false;
  }
  return true;
}

bool is_malloc_family(const core::Fault& fault) {
  return fault.given_origin == core::Origin::kMalloc || fault.given_origin == core::Origin::kAligned;
}

void find_cookie(const core::Fault& fault, LineList& findings) {
  if (fault.block.origin == core::Origin::kNew && fault.given_origin == core::Origin::kNewArray &&
      fault_offset(fault) == -8) {
    findings.add(
        "The block came from new, and delete[] of elements that have a destructor begins 8 bytes before "
        "the first one, where new[] keeps their number: the object was created by new T and is deleted by "
        "delete[]; use delete.");
  }
  if (fault.block.origin != core::Origin::kNewArray || fault_offset(fault) != 8) return;
  findings.add(
      "The block came from new[], and 8 bytes into it lies the first element behind the element count: the "
      "array was allocated by new T[n] and is released by delete or free(); use delete[].");
}

void find_in_interior(const Report& report, LineList& findings) {
  const core::Fault& fault = report.fault;
  const std::int64_t offset = fault_offset(fault);
  if (fault.block.sealed && offset >= 0 && static_cast<std::uint64_t>(offset) >= fault.block.requested) {
    findings.add(
        "The pointer points past the block's data: it was advanced to the end, or the block is a wrong "
        "guess.");
    return;
  }
  find_cookie(fault, findings);
  TextWriter line = findings.add();
  line.append("Only the pointer that the allocation returned, ").address(fault.block.user);
  line.append(
      ", may be released. Either it was advanced (p++ in a loop, a skipped prefix), or it is a member or a "
      "base class in the middle of an object.");
}

void find_in_foreign(const Report& report, LineList& findings) {
  const std::string_view other = bounded(report.other_allocator);
  if (other.empty()) {
    findings.add(
        "The memory is mapped, but by somebody else: mmap(), another allocator, or an allocation made "
        "before Padlock was loaded.");
    return;
  }
  TextWriter line = findings.add();
  if (report.other_allocator_certain) {
    line.append("This block came from another allocator in this process: ").printable(other).append('.');
  } else {
    line.append("The memory is mapped, but not by Padlock. There is another allocator in this process, ");
    line.printable(other).append(", which the block may have come from.");
  }
  line.append(" foreign_free=pass passes such blocks on.");
}

void find_in_wild(const core::Fault& fault, LineList& findings) {
  if (fault.address < kNearNull) {
    findings.add("The pointer is almost null: probably a member's address taken through a null pointer.");
    return;
  }
  std::uint8_t bytes[8];
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(fault.address >> (8 * i));
  if (std::ranges::all_of(bytes, is_printable)) {
    TextWriter line = findings.add();
    line.append("The pointer's own bytes read ");
    quoted(line, bytes);
    line.append(": text was written over the pointer.");
    return;
  }
  findings.add(
      "Nothing is mapped there: an uninitialised pointer, or one that was overwritten or computed wrongly.");
}

}  // namespace

void find_in_double_free(const Report& report, LineList& findings) noexcept {
  if (report.detected_by.index != 0 && report.freed_by.index != 0) {
    const bool same = report.detected_by.index == report.freed_by.index;
    findings.add(same
                     ? "Both frees were made by the same thread."
                     : "The two frees were made by different threads: both hold themselves to be the owner.");
  }
  if (same_stack(report.detected, report.freed)) {
    findings.add(
        "Both came by the same call stack: a cleanup that runs twice, or a loop over a list that holds the "
        "block twice.");
  }
}

void find_in_invalid_free(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  switch (fault.pointer_class) {
    case core::PointerClass::kInterior:
      return find_in_interior(report, findings);
    case core::PointerClass::kStack:
      findings.add(
          "It is the address of a local variable, an array on the stack or alloca() memory, which end with "
          "their function.");
      break;
    case core::PointerClass::kStatic:
      findings.add(
          "It is the address of a global or static object, a string literal or a function: those are never "
          "released.");
      break;
    case core::PointerClass::kForeign:
      find_in_foreign(report, findings);
      break;
    case core::PointerClass::kHeapUnused:
      findings.add("The pointer is computed or overwritten: no block has ever been at this place.");
      break;
    case core::PointerClass::kWild:
      return find_in_wild(fault, findings);
    case core::PointerClass::kOwnBlock:
      findings.add(
          "The block is Padlock's, and free() or realloc() of libc's own was called for it, which ended "
          "there: "
          "by a library that is bound to libc's (RTLD_DEEPBIND with keep_deepbind=1, a namespace of "
          "dlmopen()'s own), or by a pointer that dlsym() found in libc.");
      return;
    case core::PointerClass::kUnknown:
    case core::PointerClass::kNone:
      break;
  }
  if (fault.address % core::kGranule == 0) return;
  findings.add("It is not a multiple of 16, as everything that malloc returns is.");
}

void find_in_mismatch(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  TextWriter line = findings.add();
  line.append("A block from ").append(origin_name(fault.block.origin));
  if (fault.block.origin == core::Origin::kAligned) line.append(" (posix_memalign(), aligned_alloc(), ...)");
  line.append(" is released by ");
  line.append(releaser_name(fault.block.origin)).append(", never by ").append(call_name(fault)).append('.');
  if (fault.block.origin == core::Origin::kNewArray) {
    line.append(" Smart pointers: unique_ptr<T[]>, not unique_ptr<T>.");
  } else if (fault.block.origin == core::Origin::kMalloc) {
    line.append(" strdup(), getline() and asprintf() return malloc memory too.");
  } else if (fault.block.origin == core::Origin::kNew && fault.given_origin == core::Origin::kMalloc) {
    line.append(" free() runs no destructor.");
  }
  const std::string_view allocating = bounded(report.allocating_module);
  const std::string_view releasing = bounded(report.releasing_module);
  if (allocating.empty() || releasing.empty() || allocating == releasing) return;
  TextWriter modules = findings.add();
  modules.append("It was allocated in ").printable(allocating);
  modules.append(" and released in ").printable(releasing).append('.');
}

void find_in_wrong_size(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (!fault.block.sealed) return;
  if (is_malloc_family(fault)) {
    findings.add(
        "The size must be the one that was asked for: it was computed anew, has changed since, or belongs to "
        "another block.");
    return;
  }
  findings.add(
      fault.given < fault.block.requested
          ? "The type deleted is smaller than the object: a derived object is deleted through a pointer to "
            "a base class without a virtual destructor, or through a pointer of another type."
          : "The type deleted is larger than the object: the pointer was cast to a type that the object "
            "does not have, or the class is compiled differently in two places.");
}

void find_in_wrong_alignment(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  TextWriter line = findings.add();
  if (is_malloc_family(fault)) {
    line.append(
        "free_aligned_sized() is for blocks of aligned_alloc(), and takes the alignment that it was given.");
    return;
  }
  if (fault.block.alignment == 0) {
    line.append(
        "The object was allocated by the plain operator new and must be deleted by the plain operator "
        "delete.");
    return;
  }
  line.append("What operator new(size, align_val_t{").decimal(fault.block.alignment);
  line.append("}) returned must be given to operator delete(pointer, align_val_t{")
      .decimal(fault.block.alignment);
  line.append("}): the type is over-aligned where it is created and not where it is deleted.");
}

}  // namespace padlock::report
