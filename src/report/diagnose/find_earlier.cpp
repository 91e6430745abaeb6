// Pointers to blocks that were freed, and whose memory another block has been given: the report names that
// one.
#include <algorithm>

#include "base/units.h"
#include "core/config.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

// Bytes of blocks of about this size that are freed, at least, before the memory of one comes back.
std::uint64_t held_back(std::uint64_t block_size) {
  if (block_size <= 32_KiB) return 48_KiB;
  return block_size <= 256_KiB ? 256_KiB : 4_MiB;
}

// Otherwise the block is the first one at its place. Most of the blocks before it were hardly larger than a
// page.
bool may_have_had_predecessor(const core::BlockSnapshot& block) {
  constexpr std::uint64_t kUsual = 4_KiB;
  return block.sealed && block.number * std::min(block.block_size, kUsual) > held_back(block.block_size);
}

// Both calls and their stacks are known, and they are different calls.
bool has_two_owners(const Report& report) {
  const Stack& first = report.freed;
  const Stack& second = report.detected;
  const bool known = first.depth != 0 && second.depth != 0 && report.freed_by_call == core::Call::kNone;
  const auto same = [](const Frame& a, const Frame& b) { return a.pc == b.pc; };
  return known && !is_of_whole_heap(report.fault.moment) && !std::ranges::equal(first, second, same);
}

// As every pointer that malloc() returns, and inside the data of a live block.
bool may_have_been_user_pointer(const core::Fault& fault) {
  const std::int64_t offset = fault_offset(fault);
  return fault.pointer_class == core::PointerClass::kInterior &&
         fault.block.state == core::BlockState::kLive && fault.address % core::kGranule == 0 && offset > 0 &&
         static_cast<std::uint64_t>(offset) < fault.block.requested;
}

bool is_mismatch(core::FaultKind kind) {
  return kind == core::FaultKind::kAllocDeallocMismatch || kind == core::FaultKind::kDeleteSizeMismatch ||
         kind == core::FaultKind::kDeleteAlignmentMismatch;
}

// A call that released, or was to release, what its pointer may not have been meant for.
bool may_be_wrong_block(const core::Fault& fault) {
  if (fault.kind == core::FaultKind::kInvalidFree) return may_have_been_user_pointer(fault);
  return is_mismatch(fault.kind) && !is_trapped(fault);
}

void find_possibly_earlier(const Report& report, Findings& findings) {
  if (!may_have_had_predecessor(report.fault.block)) return;
  if (may_be_wrong_block(report.fault)) return findings.add({.id = FindingId::kMaybeStale});
  const bool twice = report.fault.kind == core::FaultKind::kDoubleFree && has_two_owners(report);
  if (twice) findings.add({.id = FindingId::kMaybeFreedBefore});
}

}  // namespace

void find_earlier(const Report& report, Findings& findings) noexcept {
  const core::BlockSnapshot& earlier = report.earlier;
  if (!earlier.present()) return find_possibly_earlier(report, findings);
  findings.add({.id = FindingId::kEarlierBlock, .size = earlier.requested, .count = earlier.number});
}

}  // namespace padlock::report
