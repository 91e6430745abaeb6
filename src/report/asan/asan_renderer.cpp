// The lines of a report in the order in which the consumers look for them. Within it no other line begins
// with
// "==<pid>==", which ends a report for some of them.
#include "report/asan/asan_renderer.h"

#include <algorithm>

#include "report/asan/asan_names.h"
#include "report/asan/asan_stack.h"
#include "report/culprit.h"
#include "report/fault_parts.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

constexpr std::size_t kEndingRoom = 2400;  // bytes; more than token, summary and last line
constexpr std::size_t kMostTokenFrames = 4;

void print_prefix(std::int32_t process, TextWriter& out) {
  out.append("==").signed_decimal(process).append("==");
}

// The byte that the fault is about.
std::uintptr_t address_of(const Report& report) {
  const core::Fault& fault = report.fault;
  if (fault.damage.present()) return fault.damage.address;
  if (fault.read.present()) return fault.read.source;
  return fault.address != 0 ? fault.address : fault.block.user;
}

// That of the fault, then what AddressSanitizer has of registers.
void print_on_address(const Report& report, TextWriter& out) {
  const Stack& stack = report.detected;
  const std::uintptr_t pc = stack.depth == 0 ? 0 : stack.frames[0].pc - 1;
  out.append(" on address ").address(address_of(report)).append(" at pc ").address(pc);
  out.append(" bp 0x0 sp 0x0\n");
}

void print_in_thread(const Report& report, TextWriter& out) {
  out.append(" in thread ");
  print_asan_thread(report.detected_by, out);
  out.append(":\n");
}

std::string_view access_word(const core::Fault& fault) {
  if (fault.damage.present()) return "WRITE";
  if (!is_trapped(fault)) return "ACCESS";
  switch (fault.accessed.access) {
    case core::Access::kRead:
      return "READ";
    case core::Access::kWrite:
      return "WRITE";
    case core::Access::kUnknown:
      break;
  }
  return "ACCESS";
}

std::uint64_t access_size(const core::Fault& fault) {
  const std::uint64_t size = fault.damage.present() ? fault.damage.least() : fault.accessed.length;
  return std::max<std::uint64_t>(size, 1);
}

// "WRITE of size 1 at 0x7f00 thread T0"
void print_access(const Report& report, TextWriter& out) {
  out.append(access_word(report.fault)).append(" of size ").decimal(access_size(report.fault));
  out.append(" at ").address(address_of(report)).append(" thread ");
  print_asan_thread(report.detected_by, out);
  out.append('\n');
}

void print_overlap(const core::Fault& fault, TextWriter& out) {
  const core::AccessedRange& range = fault.accessed;
  out.append("memcpy-param-overlap: memory ranges [").address(range.address).append(',');
  out.address(range.address + range.length).append(") and [").address(fault.address).append(", ");
  out.address(fault.address + range.length).append(") overlap on address ");
  out.address(fault.address).append('\n');
}

void print_sizes(const core::Fault& fault, TextWriter& out) {
  const bool of_size = fault.kind == core::FaultKind::kDeleteSizeMismatch;
  const std::string_view what = of_size ? "size" : "alignment";
  const std::uint64_t allocated = of_size ? fault.block.requested : fault.block.alignment;
  const std::string_view unit = of_size ? " bytes" : "";
  out.append("  object passed to delete has wrong type:\n  ").append(what);
  out.append(" of the allocated type:   ").decimal(allocated).append(unit).append(";\n  ").append(what);
  out.append(" of the deallocated type: ").decimal(fault.given).append(unit).append(".\n");
}

// CTest's pattern wants " on" in a first line.
void print_request(const Report& report, TextWriter& out) {
  const core::Fault& fault = report.fault;
  if (fault.kind == core::FaultKind::kInvalidAlignment) {
    out.append("invalid allocation alignment: ").decimal(fault.given);
    out.append(", alignment must be a power of two");
  } else if (fault.given == 0) {
    out.append("calloc parameters overflow: count * size cannot be represented in type size_t");
  } else {
    out.append("requested allocation size ").address(fault.given);
    out.append(" exceeds maximum supported size of ").address(std::uint64_t{1} << 47U);
  }
  out.append(" on request (thread ");
  print_asan_thread(report.detected_by, out);
  out.append(")\n");
}

void print_headline(const Report& report, TextWriter& out) {
  const core::Fault& fault = report.fault;
  switch (fault.kind) {
    case core::FaultKind::kDoubleFree:
      out.append("attempting double-free on ").address(address_of(report));
      return print_in_thread(report, out);
    case core::FaultKind::kInvalidFree:
      out.append("attempting free on address which was not malloc()-ed: ").address(address_of(report));
      return print_in_thread(report, out);
    case core::FaultKind::kAllocDeallocMismatch:
      out.append("alloc-dealloc-mismatch (").append(asan_allocator(fault.block.origin)).append(" vs ");
      out.append(asan_releaser(fault.given_origin)).append(") on ").address(address_of(report)).append('\n');
      return;
    case core::FaultKind::kDeleteSizeMismatch:
    case core::FaultKind::kDeleteAlignmentMismatch:
      out.append("new-delete-type-mismatch on ").address(address_of(report));
      print_in_thread(report, out);
      return print_sizes(fault, out);
    case core::FaultKind::kOverlappingCopy:
      return print_overlap(fault, out);
    case core::FaultKind::kInvalidSize:
    case core::FaultKind::kInvalidAlignment:
      return print_request(report, out);
    default:
      out.append(asan_name(fault));
      print_on_address(report, out);
      print_access(report, out);
  }
}

// "0x7f0021 is located 0 bytes after 33-byte region [0x7f0000,0x7f0021)"
void print_location(const Report& report, TextWriter& out) {
  const core::BlockSnapshot& block = report.fault.block;
  if (!block.present()) return;
  const std::uint64_t size = block.sealed || block.size_shown ? block.requested : block.block_size;
  const std::uintptr_t address = address_of(report);
  const std::uintptr_t end = block.user + size;
  out.address(address).append(" is located ");
  if (address < block.user) {
    out.decimal(block.user - address).append(" bytes before ");
  } else if (address < end) {
    out.decimal(address - block.user).append(" bytes inside of ");
  } else {
    out.decimal(address - end).append(" bytes after ");
  }
  out.decimal(size).append("-byte region [").address(block.user).append(',').address(end).append(")\n");
}

void print_by(std::string_view what, const Thread* thread, TextWriter& out) {
  out.append(what).append(" by thread ");
  print_asan_thread(thread == nullptr ? Thread() : *thread, out);
  out.append(" here:\n");
}

// The freeing stack first; the one that found the fault is above.
void print_owners(const Report& report, TextWriter& out) {
  bool freed = false;
  for (const StackRole role : report.diagnosis.stacks) {
    if (role != StackRole::kFreed && role != StackRole::kFirstFreed) continue;
    freed = true;
    print_by("freed", &report.freed_by, out);
    print_asan_stack(report.freed, out);
  }
  if (!report.fault.block.present()) return;
  print_by(freed ? "previously allocated" : "allocated", &report.allocated_by, out);
  print_asan_stack(report.allocated, out);
}

void print_note(const Report& report, TextWriter& out) {
  const core::Fault& fault = report.fault;
  out.append("NOTE: found by Padlock: ").append(core::to_string(fault.kind)).append(": ");
  headline(fault, out);
  out.append(".\n");
  if (report.diagnosis.since.what != Since::What::kNotDamage)
    out.append(
        "NOTE: no instruction was trapped: the first stack is of the check that found the damage, not of "
        "the write.\n");
  if (report.ending.present()) {
    out.append("NOTE: found ");
    ending_words(out, report.ending);
    out.append(".\n");
  }
  if (is_trapped(fault) && fault.accessed.length == 0)
    out.append("NOTE: how many bytes were accessed is not known.\n");
  out.append("NOTE: registers are not known: bp and sp are given as 0.\n\n");
}

}  // namespace

void AsanRenderer::begin(const core::Fault& /*fault*/, std::int32_t /*process*/,
                         TextWriter& out) const noexcept {
  out.append("=================================================================\n");
}

void AsanRenderer::write_head(const Report& /*report*/, TextWriter& /*out*/) const noexcept {}

void AsanRenderer::write_tail(const Report& report, TextWriter& out) const noexcept {
  out.hold_back(kEndingRoom);
  print_prefix(report.process, out);
  out.append("ERROR: AddressSanitizer: ");
  print_headline(report, out);
  print_asan_stack(report.detected, out);
  print_location(report, out);
  print_owners(report, out);
  print_note(report, out);
  const bool cut = out.truncated();
  out.hold_back(0);
  if (cut) out.append("\n... (cut)\n");
  end(report, out);
}

void AsanRenderer::end(const Report& report, TextWriter& out) const noexcept {
  const Stack& culprit = stack_of(report, culprit_of(report));
  print_dedup_token(culprit, std::min(style_.dedup_token_length, kMostTokenFrames), out);
  if (style_.summary) print_asan_summary(asan_name(report.fault), culprit, out);
  if (!style_.ends_process) return;
  print_prefix(report.process, out);
  out.append("ABORTING\n");
}

void AsanRenderer::begin_leaks(const LeakTotals& /*totals*/, std::int32_t process,
                               TextWriter& out) const noexcept {
  out.append("\n=================================================================\n");
  print_prefix(process, out);
  out.append("ERROR: LeakSanitizer: detected memory leaks\n\n");
}

void AsanRenderer::write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t /*process*/,
                              TextWriter& out) const noexcept {
  out.append(group.direct ? "Direct leak of " : "Indirect leak of ").decimal(group.bytes);
  out.append(" byte(s) in ").decimal(group.blocks).append(" object(s) allocated from:\n");
  print_asan_stack(allocated, out);
}

void AsanRenderer::end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t /*process*/,
                             TextWriter& out) const noexcept {
  print_dedup_token(first, std::min(style_.dedup_token_length, kMostTokenFrames), out);
  if (!style_.summary) return;
  out.append("SUMMARY: AddressSanitizer: ").decimal(totals.bytes).append(" byte(s) leaked in ");
  out.decimal(totals.blocks).append(" allocation(s).\n");
}

}  // namespace padlock::report
