// The rules about the heap as a whole.
#include <algorithm>

#include "core/block/layout.h"
#include "model/require.h"
#include "model/rules.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::BlockState;

struct Sums {
  std::uint64_t live = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t quarantined_blocks = 0;
  std::uint64_t ready = 0;
  std::uint64_t free = 0;
  std::uint64_t condemned = 0;
  std::uint64_t all = 0;
};

Sums sums_of(const Layout& layout) {
  Sums sums;
  for (const BlockSnapshot& block : layout.blocks()) {
    sums.all += block.block_size;
    switch (block.state) {
      case BlockState::kLive:
        sums.live += block.block_size;
        break;
      case BlockState::kQuarantined:
        sums.quarantined += block.block_size;
        ++sums.quarantined_blocks;
        break;
      case BlockState::kReady:
        sums.ready += block.block_size;
        break;
      case BlockState::kFree:
        sums.free += block.block_size;
        break;
      case BlockState::kCondemned:
        sums.condemned += block.block_size;
        break;
      case BlockState::kBlank:  // lent to caches, of which this heap has none
        break;
    }
  }
  return sums;
}

void same(std::uint64_t found, std::uint64_t expected, const char* rule) {
  require(found == expected, rule, {{"found", found}, {"expected", expected}});
}

}  // namespace

void verify_tiling(const View& view) {
  for (const std::span<std::byte> region : view.stage.regions()) {
    std::uintptr_t at = address_of(region.data());
    const std::uintptr_t end = at + region.size();
    auto block = view.layout.first_from(at);
    for (; block != view.layout.blocks().end() && block->header == at; ++block) {
      require(block->block_size >= 48 && block->block_size % 16 == 0 && block->block_size <= end - at,
              "a block has a block's size", {{"header", at}, {"size", block->block_size}});
      at = end_of(*block);
    }
    const bool more = block != view.layout.blocks().end() && block->header < end;
    require(!more || block->header >= at, "blocks tile a region", {{"at", at}});
    require(!more, "nothing starts above the top of a region", {{"top", at}});
  }
}

void verify_accounting(const View& view) {
  const core::HeapStats stats = view.stage.heap().stats();
  const Sums sums = sums_of(view.layout);
  std::uint64_t region_bytes = 0;
  for (const std::span<std::byte> region : view.stage.regions()) region_bytes += region.size();
  same(stats.regions, view.stage.regions().size(), "stats: regions");
  same(stats.live_blocks, view.book.live.size(), "stats: live blocks");
  same(stats.live_bytes, view.book.live_bytes, "stats: live bytes");
  same(stats.live_block_bytes, sums.live, "stats: bytes of live blocks");
  same(stats.quarantined_blocks, sums.quarantined_blocks, "stats: quarantined blocks");
  same(stats.quarantined_bytes, sums.quarantined, "stats: quarantined bytes");
  same(stats.ready_bytes, sums.ready, "stats: ready bytes");
  same(stats.free_bytes, sums.free, "stats: free bytes");
  same(stats.condemned_bytes, sums.condemned, "stats: condemned bytes");
  same(stats.unallocated_bytes, region_bytes - sums.all, "stats: unallocated bytes");
}

void verify_all(const View& view) {
  verify_tiling(view);
  verify_live_blocks(view);
  verify_idle_blocks(view);
  verify_accounting(view);
  verify_damage_kept(view);
}

std::vector<Quarantined> verify_evictions(const View& view, const std::vector<Quarantined>& before,
                                          const std::vector<Quarantined>& left, const Setup& setup,
                                          Leaving leaving) {
  constexpr std::size_t kWindow = 4;
  const auto same_block = [](const Quarantined& a, const Quarantined& b) { return a.header == b.header; };
  std::vector<Quarantined> queue = before;
  std::vector<Quarantined> out = left;
  while (!out.empty()) {
    const auto end = queue.begin() + static_cast<std::ptrdiff_t>(std::min(queue.size(), kWindow));
    const auto oldest = std::find_first_of(queue.begin(), end, out.begin(), out.end(), same_block);
    require(oldest != end, "the quarantine lets the oldest go", {{"header", out.front().header}});
    std::erase_if(out, [&](const Quarantined& block) { return block.header == oldest->header; });
    queue.erase(oldest);
  }
  if (leaving == Leaving::kAll) {
    require(queue.empty(), "a flush empties the quarantine");
    return queue;
  }
  const std::uint64_t bytes = view.stage.heap().stats().quarantined_bytes;
  require(bytes <= setup.max_quarantine_bytes(), "the quarantine is bounded in bytes", {{"bytes", bytes}});
  require(queue.size() < std::max<std::size_t>(setup.slot_count(), 1), "the quarantine is bounded in blocks",
          {{"blocks", queue.size()}});
  const bool too_many = queue.size() + 1 == setup.slot_count();
  const bool too_much = std::any_of(left.begin(), left.end(), [&](const Quarantined& block) {
    return bytes + block.bytes > setup.max_quarantine_bytes();
  });
  require(left.empty() || too_many || too_much || leaving == Leaving::kAny,
          "the quarantine holds what it can",
          {{"left", left.size()}, {"blocks", queue.size()}, {"bytes", bytes}});
  return queue;
}

Pending pending_in(const Layout& layout) {
  Pending pending;
  for (const BlockSnapshot& block : layout.blocks()) {
    if (block.state != BlockState::kReady) continue;
    ++pending.blocks;
    pending.bytes += block.block_size;
  }
  return pending;
}

void verify_pending(const Pending& before_settling, const Pending& after, const Setup& setup) {
  std::size_t left = before_settling.blocks;
  if (before_settling.bytes > setup.max_pending_bytes()) left -= std::min(left, setup.batch());
  same(after.blocks, left, "pending blocks are merged in batches, when there are too many");
}

}  // namespace padlock::fuzz
