// Calls that give back what they should not: double, invalid and mismatched frees.
#include <algorithm>

#include "core/config.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

using core::Origin;

constexpr std::uintptr_t kNearNull = 4096;  // bytes: the page that is never mapped

// Equal as far as both were recorded.
bool same_stack(const Stack& a, const Stack& b) {
  const std::size_t depth = std::min({a.depth, b.depth, kMaxFrames});
  return depth != 0 && std::equal(a.frames, a.frames + depth, b.frames,
                                  [](const Frame& one, const Frame& other) { return one.pc == other.pc; });
}

bool is_malloc_family(const core::Fault& fault) {
  return fault.given_origin == Origin::kMalloc || fault.given_origin == Origin::kAligned;
}

// new[] of elements that have a destructor keeps their number in the first 8 bytes.
void find_in_pointer_before(const core::Fault& fault, std::int64_t offset, Findings& findings) {
  const bool object = fault.block.origin == Origin::kNew && fault.given_origin == Origin::kNewArray;
  findings.add({.id = object && offset == -8 ? FindingId::kObjectDeletedAsArray : FindingId::kBeforeData});
}

void find_in_interior(const core::Fault& fault, Findings& findings) {
  const std::int64_t offset = fault_offset(fault);
  if (offset < 0) return find_in_pointer_before(fault, offset, findings);
  if (fault.block.sealed && static_cast<std::uint64_t>(offset) >= fault.block.requested) {
    return findings.add({.id = FindingId::kPastData});
  }
  const bool array = fault.block.origin == Origin::kNewArray;
  if (array && offset == 8) findings.add({.id = FindingId::kArrayDeletedAsObject});
  findings.add({.id = FindingId::kNotTheStart});
}

FindingId foreign_memory(const OtherAllocator& other) {
  switch (other.whose) {
    case OtherAllocator::Whose::kLibc:
      return FindingId::kFromLibc;
    case OtherAllocator::Whose::kModule:
      return FindingId::kMaybeFromModule;
    case OtherAllocator::Whose::kUnknown:
      break;
  }
  return FindingId::kMappedByOthers;
}

void find_in_wild(std::uintptr_t address, Findings& findings) {
  if (address < kNearNull) return findings.add({.id = FindingId::kAlmostNull});
  std::uint8_t bytes[8];
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(address);
    address >>= 8;
  }
  if (std::ranges::all_of(bytes, is_printable)) {
    return findings.add({.id = FindingId::kPointerIsText, .text = Excerpt::of(bytes)});
  }
  findings.add({.id = FindingId::kUnmapped});
}

// A child of vfork stands for its parent's thread until it executes a program or ends.
bool is_in_vfork_child(const Report& report) {
  const std::int32_t id = report.detected_by.system_id;
  return id != 0 && id == report.process && report.freed_by.system_id != 0 && report.freed_by.system_id != id;
}

FindingId who_freed_twice(const Report& report) {
  if (report.freed_by.of_parent && !report.detected_by.of_parent) return FindingId::kBeforeFork;
  if (report.detected_by.index != report.freed_by.index) return FindingId::kOtherThread;
  return is_in_vfork_child(report) ? FindingId::kInVforkChild : FindingId::kSameThread;
}

}  // namespace

void find_in_double_free(const Report& report, Findings& findings) noexcept {
  if (is_of_whole_heap(report.fault.moment)) return findings.add({.id = FindingId::kFreedAtOnce});
  if (report.detected_by.index != 0 && report.freed_by.index != 0) {
    findings.add({.id = who_freed_twice(report)});
  }
  if (report.freed_by_call != core::Call::kNone) findings.add({.id = FindingId::kFreedByResize});
  if (same_stack(report.detected, report.freed)) findings.add({.id = FindingId::kSameStack});
}

void find_in_invalid_free(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  switch (fault.pointer_class) {
    case core::PointerClass::kInterior:
      return find_in_interior(fault, findings);
    case core::PointerClass::kWild:
      return find_in_wild(fault.address, findings);
    case core::PointerClass::kOwnBlock:
      return findings.add({.id = FindingId::kReleasedByLibc});
    case core::PointerClass::kStack:
      findings.add({.id = FindingId::kOnStack});
      break;
    case core::PointerClass::kStartString:
      return findings.add({.id = FindingId::kStartString});
    case core::PointerClass::kStartArray:
      return findings.add({.id = FindingId::kStartArray});
    case core::PointerClass::kThreadLocal:
      findings.add({.id = FindingId::kThreadLocal});
      break;
    case core::PointerClass::kStatic:
      findings.add({.id = FindingId::kStaticObject});
      break;
    case core::PointerClass::kForeign:
      findings.add({.id = foreign_memory(report.other_allocator)});
      break;
    case core::PointerClass::kHeapUnused:
      findings.add({.id = FindingId::kNeverHandedOut});
      break;
    case core::PointerClass::kUnknown:
    case core::PointerClass::kNone:
      break;
  }
  if (fault.address % core::kGranule != 0) findings.add({.id = FindingId::kMisaligned});
}

void find_in_mismatch(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  const Origin origin = fault.block.origin;
  const bool aligned = origin == Origin::kAligned;
  findings.add({.id = aligned ? FindingId::kAlignedReleasedBy : FindingId::kReleasedBy});
  if (origin == Origin::kNewArray) {
    findings.add({.id = FindingId::kArrayPointers});
  } else if (origin == Origin::kMalloc) {
    findings.add({.id = FindingId::kMallocToo});
  } else if (origin == Origin::kNew && fault.given_origin == Origin::kMalloc) {
    findings.add({.id = FindingId::kNoDestructor});
  }
  const std::string_view allocating = bounded(report.allocating_module);
  const std::string_view releasing = bounded(report.releasing_module);
  const bool known = !allocating.empty() && !releasing.empty();
  if (known && allocating != releasing) findings.add({.id = FindingId::kAcrossModules});
}

void find_in_wrong_size(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (!fault.block.sealed) return;
  if (is_malloc_family(fault)) return findings.add({.id = FindingId::kSizeNotAskedFor});
  const bool smaller = fault.given < fault.block.requested;
  findings.add({.id = smaller ? FindingId::kTypeSmaller : FindingId::kTypeLarger});
}

void find_in_wrong_alignment(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_malloc_family(fault)) return findings.add({.id = FindingId::kAlignmentNotAskedFor});
  const bool plain = fault.block.alignment == 0;
  findings.add({.id = plain ? FindingId::kPlainDelete : FindingId::kAlignedDelete});
}

}  // namespace padlock::report
