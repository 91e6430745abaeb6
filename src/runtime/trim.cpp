// Giving memory back.
#include "runtime/trim.h"

#include <cstddef>

#include "os/errno_keeper.h"
#include "runtime/arena_set.h"
#include "runtime/cached_blocks.h"
#include "runtime/entry.h"
#include "runtime/large_blocks.h"
#include "runtime/world.h"

namespace padlock::runtime {

constinit std::atomic<bool> trim_due{false};

namespace {

/// How many bytes the arenas for which `wanted(arena)` gave back.
template <typename Wanted>
std::size_t trim_arenas(const trace::FrameState& from, Wanted wanted) noexcept {
  const Entry entry(from);
  if (!entry.granted()) return 0;
  const StoppedWorld stopped;
  if (stopped.stopped()) {
    world.for_each([&](ThreadState& state) { drain_cache(state, entry.faults()); });
  }
  std::size_t given_back = 0;
  arena_set.for_each([&](Arena& arena) {
    if (wanted(arena)) given_back += arena.trim(entry.faults());
  });
  return given_back;
}

std::size_t empty_large_blocks(const trace::FrameState& from) noexcept {
  const Entry entry(from);
  return entry.granted() ? large_blocks.empty_quarantine() : 0;
}

}  // namespace

bool trim(const trace::FrameState& from) noexcept {
  const std::size_t emptied = empty_large_blocks(from);
  return trim_arenas(from, [](Arena&) { return true; }) + emptied != 0;
}

void trim_where_due(const trace::FrameState& from) noexcept {
  const os::ErrnoKeeper keeper;
  if (trim_due.exchange(false, std::memory_order_relaxed)) {
    trim_arenas(from, [](Arena& arena) { return arena.is_trim_due(); });
  }
}

}  // namespace padlock::runtime
