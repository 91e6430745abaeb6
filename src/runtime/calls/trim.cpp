// Empties caches, stocks and quarantines, and decides when ended threads make that worthwhile.
#include "runtime/calls/trim.h"

#include <algorithm>
#include <cstddef>

#include "os/errno_keeper.h"
#include "os/tables.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/each_holder.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {

namespace {

void drain_all_caches(const Entry& entry) noexcept {
  world.for_each([&](ThreadState& state) { drain_cache(state, entry.faults()); });
}

// How many bytes the holders for which `wanted(holder)` gave back.
template <typename Wanted>
std::size_t trim_holders(const trace::FrameState& from, Wanted wanted) noexcept {
  const Entry entry(from, core::Call::kMallocTrim);
  if (!entry.granted()) return 0;
  const StoppedWorld stopped;
  if (stopped.stopped()) drain_all_caches(entry);
  std::size_t given_back = 0;
  for_each_holder([&](auto& holder) {
    if (wanted(holder)) given_back += holder.trim(entry.faults());
  });
  return given_back;
}

struct AllHolders {
  bool operator()(const Arena& /*arena*/) const noexcept { return true; }
  bool operator()(const GuardedBlocks& /*blocks*/) const noexcept { return true; }
  bool operator()(const LargeBlocks& /*blocks*/) const noexcept { return true; }
};
// The pages of freed large blocks go back in their own time (LargeQuarantine).
struct AllArenas {
  bool operator()(const Arena& /*arena*/) const noexcept { return true; }
  bool operator()(const GuardedBlocks& /*blocks*/) const noexcept { return false; }
  bool operator()(const LargeBlocks& /*blocks*/) const noexcept { return false; }
};
struct DueArenas {
  bool operator()(const GuardedBlocks& /*blocks*/) const noexcept { return false; }
  bool operator()(Arena& arena) const noexcept { return arena.is_trim_due(); }
  bool operator()(const LargeBlocks& /*blocks*/) const noexcept { return false; }
};

constinit std::atomic<std::size_t> threads_ended{0};

// Each end pays for a part of the work, so that a program whose threads come and go is not slowed down.
bool enough_have_ended() noexcept {
  constexpr std::size_t kFew = 16;
  constexpr std::size_t kEndsPerThread = 4;
  const std::size_t ended = threads_ended.fetch_add(1, std::memory_order_relaxed) + 1;
  if (ended < std::max(kFew, kEndsPerThread * world.size())) return false;
  threads_ended.store(0, std::memory_order_relaxed);
  return true;
}

bool is_worthwhile() noexcept {
  const Asking asking;
  std::size_t idle = 0;
  arena_set.for_each([&](Arena& arena) {
    const core::HeapStats stats = arena.stats();
    idle += arena.stock_bytes() + stats.ready_bytes + stats.free_bytes;
  });
  return idle >= IdleWatch::kWorthwhile;
}

}  // namespace

bool trim(const trace::FrameState& from) noexcept { return trim_holders(from, AllHolders{}) != 0; }

void shed_reserve(const trace::FrameState& from) noexcept {
  const os::ErrnoKeeper keeper;
  const Entry entry(from, core::Call::kMlockall);
  if (!entry.granted()) return;
  const StoppedWorld stopped;
  if (!stopped.stopped()) return;
  drain_all_caches(entry);
  for_each_holder([&](auto& holder) { holder.trim(entry.faults()); });
  arena_set.for_each([](Arena& arena) { arena.shorten_segments(); });
  guarded_blocks.shorten();
  os::unmap_table_reserve();
}

void trim_where_due(const trace::FrameState& from) noexcept {
  if (!thread_slot.is_idle()) return;  // in a signal handler that cannot do it: another call will
  const os::ErrnoKeeper keeper;
  if (trim_due.exchange(false, std::memory_order_relaxed)) {
    trim_holders(from, DueArenas{});
  }
}

void trim_after_thread_end(const trace::FrameState& from) noexcept {
  if (settings.options.give_back_after_s == 0 || !enough_have_ended()) return;
  const os::ErrnoKeeper keeper;
  if (is_worthwhile()) trim_holders(from, AllArenas{});
}

}  // namespace padlock::runtime
