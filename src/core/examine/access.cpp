// From a range that the program is about to access to a fault, or to none.
#include "core/examine/access.h"

#include <algorithm>
#include <optional>

#include "core/block/sealed_block.h"
#include "core/index/block.h"

namespace padlock::core {
namespace {

// A header is rewritten in less time than two looks take; a block that is handed from one to the next all the
// time is none to be certain of.
constexpr unsigned kLooks = 4;

// The block that starts there, as its header says, if it verifies and holds `address`.
std::optional<BlockSnapshot> sound_block(const Region& region, const Keys& keys, std::uint32_t start,
                                         std::uintptr_t address) noexcept {
  const BlockHeader* const header = region.header_at(start);
  BlockFields fields;
  if (read_header(header, keys, fields) != HeaderVerdict::kIntact) return std::nullopt;
  if (address - address_of(header) >= std::uint64_t{fields.granules} * kGranule) return std::nullopt;
  return snapshot_of(header, fields.granules, fields);
}

// The same of the block that holds `address` now, seen without a change in the meantime.
std::optional<BlockSnapshot> steady_block(const Region& region, const Keys& keys,
                                          std::uintptr_t address) noexcept {
  for (unsigned look = 0; look != kLooks; ++look) {
    const std::uint32_t start = start_seen_at(region, address);
    if (start == Bitmap::kNone) return std::nullopt;
    const auto block = sound_block(region, keys, start, address);
    if (block && start_seen_at(region, address) == start) return block;
  }
  return std::nullopt;
}

std::uint64_t end_of_data(const BlockSnapshot& block) noexcept { return block.user + block.requested; }

bool is_freed(BlockState state) noexcept {
  return state == BlockState::kQuarantined || state == BlockState::kReady || state == BlockState::kFree;
}

Fault access_fault(FaultKind kind, const BlockSnapshot& block, const AccessedRange& range,
                   std::uintptr_t first_bad) noexcept {
  Fault fault;
  fault.kind = kind;
  fault.moment = Moment::kAccess;
  fault.address = first_bad;
  fault.accessed = range;
  fault.block = block;
  return fault;
}

// What was never written, or not since the memory came back, holds Padlock's words.
bool is_unwritten(const AccessedRange& range, std::uintptr_t end, const Poison& poison) noexcept {
  constexpr std::uint64_t kLeast = 4;  // by chance once in 2^32
  constexpr std::uint64_t kEnough = 16;
  if (range.address + kLeast > end) return false;
  const std::uintptr_t until = std::min(end, range.address + kEnough);
  for (std::uintptr_t at = range.address; at < until; ++at) {
    if (byte_at(at) != poison.byte(at)) return false;
  }
  return true;
}

// A read that runs over padding which is damaged by now is not what went wrong first: the block was
// overflown, and where text was to end the NUL may have been overwritten. Absent where the padding holds, or
// where the block is not the same before and after the look.
Fault of_damaged_padding(const Region& region, const Keys& keys, const BlockSnapshot& block) noexcept {
  const std::uint32_t start = region.granule_of(block.header);
  const BlockView view = block_at(region, start);
  if (std::uint64_t{view.granules} * kGranule != block.block_size) return {};
  Fault fault = padding_fault(block, view.capacity(), readable_around(view),
                              canary_behind(view.header(), keys), Moment::kCall);
  if (!fault.damage.present()) return {};
  fault.damage.at_least = runs_to(fault.damage, end_of(view));
  const auto again = sound_block(region, keys, start, block.user);
  const bool same = again && *again == block && start_seen_at(region, block.user) == start;
  return same ? fault : Fault{};
}

Fault overrun(const BlockSnapshot& block, const AccessedRange& range) noexcept {
  const std::uintptr_t first_bad = std::max<std::uintptr_t>(end_of_data(block), range.address);
  return access_fault(FaultKind::kHeapBufferOverflow, block, range, first_bad);
}

bool is_inside(const BlockSnapshot& block, const AccessedRange& range) noexcept {
  const std::uintptr_t end = end_of_data(block);
  return range.address < end && range.length <= end - range.address;
}

Fault of_live_block(const Region& region, const Keys& keys, const BlockSnapshot& block,
                    AccessedRange range) noexcept {
  const std::uintptr_t end = end_of_data(block);
  if (is_inside(block, range)) return {};
  if (range.access == Access::kRead) {
    const Fault earlier = of_damaged_padding(region, keys, block);
    if (earlier.kind != FaultKind::kNone) return earlier;
    range.unwritten = is_unwritten(range, end, keys.poison);
  }
  return overrun(block, range);
}

Fault of_freed_block(const BlockSnapshot& block, const AccessedRange& range) noexcept {
  const bool writes = range.access == Access::kWrite;
  return access_fault(writes ? FaultKind::kUseAfterFreeWrite : FaultKind::kUseAfterFree, block, range,
                      range.address);
}

// In the header before `block`: an underflow of it, or an overflow of the block before, whichever is alive
// and nearer.
Fault in_header(const Region& region, const Keys& keys, const BlockSnapshot& block,
                const AccessedRange& range) noexcept {
  std::optional<BlockSnapshot> before;
  if (block.header != region.base()) before = steady_block(region, keys, block.header - 1);
  const bool behind_live = before && before->state == BlockState::kLive;
  const bool before_live = block.state == BlockState::kLive;
  const bool nearer_to_end = behind_live && range.address - end_of_data(*before) < block.user - range.address;
  if (before_live && !nearer_to_end) {
    return access_fault(FaultKind::kHeapBufferUnderflow, block, range, range.address);
  }
  if (behind_live) return of_live_block(region, keys, *before, range);
  return {};
}

// Merged memory: the freed block that lay there is known as long as its header does.
Fault in_merged(const Region& region, const Keys& keys, const BlockSnapshot& block,
                const AccessedRange& range) noexcept {
  const std::uint32_t start = region.granule_of(block.header);
  const std::uint32_t ghost = region.ghosts.last_at_or_before(region.granule_of(range.address));
  BlockSnapshot freed = block;
  if (ghost != Bitmap::kNone && ghost > start) {
    const auto merged = sound_block(region, keys, ghost, range.address);
    if (!merged) return {};
    freed = *merged;
    freed.state = BlockState::kFree;
  }
  if (range.address - freed.user >= freed.requested) return {};
  return of_freed_block(freed, range);
}

}  // namespace

Fault judge_access(const Region& region, const Keys& keys, const AccessedRange& range) noexcept {
  const auto block = steady_block(region, keys, range.address);
  if (!block) return {};
  if (range.address < block->user) return in_header(region, keys, *block, range);
  if (block->state == BlockState::kLive) return of_live_block(region, keys, *block, range);
  if (block->state == BlockState::kFree) return in_merged(region, keys, *block, range);
  return is_freed(block->state) ? of_freed_block(*block, range) : Fault{};
}

Fault judge_access(const BlockSnapshot& block, const AccessedRange& range) noexcept {
  if (block.state != BlockState::kLive) return of_freed_block(block, range);
  if (range.address >= block.user) return is_inside(block, range) ? Fault{} : overrun(block, range);
  return access_fault(FaultKind::kHeapBufferUnderflow, block, range, range.address);
}

Fault judge_overlap(const BlockSnapshot& block, const AccessedRange& to, std::uintptr_t from) noexcept {
  if (!block.present() || block.state != BlockState::kLive || to.address < block.user) return {};
  return access_fault(FaultKind::kOverlappingCopy, block, to, from);
}

Fault judge_overlap(const Region& region, const Keys& keys, const AccessedRange& to,
                    std::uintptr_t from) noexcept {
  const auto block = steady_block(region, keys, to.address);
  return block ? judge_overlap(*block, to, from) : Fault{};
}

}  // namespace padlock::core
