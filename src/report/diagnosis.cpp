// Which findings apply to which kind of fault.
#include "report/diagnosis.h"

#include <bit>

#include "report/damage_view.h"
#include "report/findings.h"

namespace padlock::report {
namespace {

using core::FaultKind;

// One bit: no store of a program that writes elsewhere by mistake is likely to leave it at that.
bool find_flipped_bit(const core::Fault& fault, LineList& findings) {
  if (fault.damage.length != 1 || fault.damage.somewhere || fault.damage.at_least) return false;
  const DamageView view(fault.damage);
  const auto found = view.found_word(fault.damage.address, 1);
  const auto expected = view.expected_word(fault.damage.address, 1);
  if (!found || !expected || !std::has_single_bit(*found ^ *expected)) return false;
  findings.add(
      "A single bit of the header was flipped: a flag set or cleared through a stale or wrong pointer; if "
      "such "
      "reports come at random, the machine's memory.");
  return true;
}

void find_in_corruption(const Report& report, LineList& findings) {
  if (find_flipped_bit(report.fault, findings)) return;
  findings.add(
      "The 32 bytes before the block's data are not what Padlock sealed there. Likely causes: a write before "
      "the start of this block, a write past the end of the block before it that jumped over its padding, or "
      "a write through a stale or uninitialised pointer.");
  find_in_bytes(report, findings);
}

void find_in_size(const core::Fault& fault, LineList& findings) {
  const auto negative = static_cast<std::int64_t>(fault.given);
  if (negative >= 0) return;
  findings.add()
      .append("As a signed number the size is ")
      .signed_decimal(negative)
      .append(": a negative length turned into a size_t.");
}

void find(const Report& report, LineList& findings) {
  switch (report.fault.kind) {
    case FaultKind::kHeapBufferOverflow:
      return find_in_overflow(report, findings);
    case FaultKind::kHeapBufferUnderflow:
      return find_in_underflow(report, findings);
    case FaultKind::kUseAfterFreeWrite:
      return find_in_freed_write(report, findings);
    case FaultKind::kDoubleFree:
      return find_in_double_free(report, findings);
    case FaultKind::kInvalidFree:
      return find_in_invalid_free(report, findings);
    case FaultKind::kAllocDeallocMismatch:
      return find_in_mismatch(report, findings);
    case FaultKind::kDeleteSizeMismatch:
      return find_in_wrong_size(report, findings);
    case FaultKind::kDeleteAlignmentMismatch:
      return find_in_wrong_alignment(report, findings);
    case FaultKind::kInvalidSize:
      return find_in_size(report.fault, findings);
    case FaultKind::kMetadataCorruption:
      return find_in_corruption(report, findings);
    case FaultKind::kSignalUnsafeCall:
      findings.add(
          "A signal arrived while this thread was inside the allocator, and its handler allocated or freed: "
          "with "
          "most allocators that deadlocks or corrupts the heap.");
      return;
    case FaultKind::kNone:
    case FaultKind::kUseAfterFree:
    case FaultKind::kInvalidAlignment:
    case FaultKind::kLeak:
      break;
  }
}

}  // namespace

TextWriter LineList::add() noexcept {
  if (size_ == kCapacity) return TextWriter({});
  // One byte less: the zeroed last one ends the line.
  return TextWriter(std::span(lines_[size_++]).first(kLength - 1));
}

std::string_view LineList::operator[](std::size_t index) const noexcept {
  return index < size_ ? std::string_view(lines_[index]) : std::string_view();
}

std::uintptr_t pointer_candidate(const core::Fault& fault) noexcept {
  const std::uintptr_t word = fault.damage.address & ~std::uintptr_t{7};
  return DamageView(fault.damage).found_word(word, 8).value_or(0);
}

Diagnosis diagnose(const Report& report) noexcept {
  Diagnosis diagnosis;
  find(report, diagnosis.findings);
  name_suspect(report, diagnosis.suspect);
  advise(report, diagnosis.next_steps);
  return diagnosis;
}

}  // namespace padlock::report
