// Adds up the counters of arenas, caches and large blocks while the world is stopped.
#include "runtime/calls/statistics.h"

#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/each_holder.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

void add_heap(Statistics& all, const core::HeapStats& stats) noexcept {
  all.live_blocks += stats.live_blocks;
  all.live_bytes += stats.live_bytes;
  all.live_small_bytes += stats.live_block_bytes;
  all.quarantined_blocks += stats.quarantined_blocks;
  all.quarantined_bytes += stats.quarantined_bytes;
  all.idle_blocks_bytes += stats.ready_bytes + stats.free_bytes;
}

// Blocks in caches and stocks; the heaps count what they lent as live.
void add_ready(Statistics& all, std::size_t blocks, std::size_t bytes) noexcept {
  all.live_blocks -= blocks;
  all.live_bytes -= bytes - blocks * core::kHeaderSize;
  all.live_small_bytes -= bytes;
  all.idle_blocks_bytes += bytes;
}

void add_held_back(Statistics& all, std::size_t blocks, std::size_t bytes) noexcept {
  all.live_blocks -= blocks;
  all.live_bytes -= bytes - blocks * core::kHeaderSize;
  all.live_small_bytes -= bytes;
  all.quarantined_blocks += blocks;
  all.quarantined_bytes += bytes;
}

void add_cache(Statistics& all, const core::BlockCache& cache) noexcept {
  add_ready(all, cache.ready_blocks(), cache.ready_bytes());
  add_held_back(all, cache.quarantined_blocks(), cache.quarantined_bytes());
  add_held_back(all, cache.kept_blocks(), cache.kept_bytes());
  all.live_bytes += cache.live_bytes_delta();
}

void add_holder(Statistics& all, Arena& arena) noexcept {
  add_heap(all, arena.stats());
  add_ready(all, arena.stock_blocks(), arena.stock_bytes());
  add_held_back(all, arena.kept_blocks(), arena.kept_bytes());
}

void add_holder(Statistics& all, GuardedBlocks& blocks) noexcept {
  const GuardedStats stats = blocks.stats();
  all.live_blocks += stats.live_blocks;
  all.live_bytes += stats.live_bytes;
  all.live_small_bytes += blocks.open_bytes();
  all.quarantined_blocks += stats.quarantined_blocks;
  all.quarantined_bytes += stats.quarantined_bytes;
  all.guarded_blocks = stats.made;
}

void add_holder(Statistics& all, LargeBlocks& blocks) noexcept {
  const LargeStats stats = blocks.stats();
  all.live_blocks += stats.live_blocks;
  all.live_bytes += stats.live_bytes;
  all.live_large_blocks = stats.live_blocks;
  all.live_large_bytes = stats.live_mapped_bytes;
  all.quarantined_blocks += stats.quarantined_blocks;
  all.quarantined_bytes += stats.quarantined_bytes;
}

void line(TextWriter& text, std::string_view name, std::uint64_t value) noexcept {
  const std::size_t start = text.size();
  text.append("  ").append(name).pad_to(start, 24).decimal(value).append('\n');
}

}  // namespace

Statistics statistics(const trace::FrameState& from) noexcept {
  Statistics all;
  const Entry entry(from, core::Call::kNone);
  if (!entry.granted()) return all;
  const StoppedWorld stopped;
  for_each_holder([&](auto& holder) { add_holder(all, holder); });
  world.for_each([&](const ThreadState& state) { add_cache(all, state.cache); });
  all.live_bytes += drained_live_bytes();
  all.mapped_bytes = memory_budget.used();
  const ThreadState* state = thread_slot.state;
  all.allocations = number_source.latest(state == nullptr ? NumberBatch{0, 0} : state->numbers);
  all.faults = reporter.faults();
  all.traces = trace_depot.size();
  all.trace_bytes = trace_depot.bytes_used();
  return all;
}

void describe_statistics(TextWriter& text, const trace::FrameState& from) noexcept {
  const Statistics all = statistics(from);
  text.append("Padlock's heap:\n");
  line(text, "live blocks", all.live_blocks);
  line(text, "live bytes", all.live_bytes);
  line(text, "quarantined blocks", all.quarantined_blocks);
  line(text, "quarantined bytes", all.quarantined_bytes);
  line(text, "idle bytes", all.idle_blocks_bytes);
  line(text, "mapped bytes", all.mapped_bytes);
  line(text, "allocations", all.allocations);
  line(text, "guarded", all.guarded_blocks);
  line(text, "faults", all.faults);
  line(text, "distinct stacks", all.traces);
  line(text, "stack bytes", all.trace_bytes);
}

}  // namespace padlock::runtime
