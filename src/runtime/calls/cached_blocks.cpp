// Refills, surplus and what does not verify.
#include "runtime/calls/cached_blocks.h"

#include <algorithm>
#include <atomic>
#include <span>

#include "core/block/move_block.h"
#include "runtime/calls/own_state.h"
#include "runtime/memory/arena_set.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMostLent = 64;  // blocks at once

constinit std::atomic<std::size_t> live_bytes_of_drained{0};

// `slots` go home, those that follow each other to the same arena at once, by `give(arena, slots)`. One that
// leads to no arena was overwritten.
template <typename Give>
void send_home(std::span<const core::BlockSlot> slots, core::FaultSink& faults, Give give) noexcept {
  const auto home_of = [](core::BlockSlot slot) { return arena_set.of_address(address_of(slot.block)); };
  while (!slots.empty()) {
    Arena* const home = home_of(slots.front());
    std::size_t count = 1;
    while (count < slots.size() && home_of(slots[count]) == home) ++count;
    if (home != nullptr) {
      give(*home, slots.first(count));
    } else {
      for (const core::BlockSlot& slot : slots.first(count))
        core::Heap::report_slot(slot, core::Moment::kEviction, faults);
    }
    slots = slots.subspan(count);
  }
}

void send_surplus_home(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept {
  send_home(slots, faults,
            [&](Arena& home, std::span<const core::BlockSlot> part) { home.take_back(part, faults); });
}

[[gnu::noinline]] void send_kept_home(core::BlockCache& cache, core::FaultSink& faults) noexcept {
  core::BlockSlot taken[core::BlockCache::kKept];
  const std::size_t count = cache.take_kept(taken);
  send_home(std::span(taken, count), faults,
            [&](Arena& home, std::span<const core::BlockSlot> part) { home.keep(part, faults); });
}

// The heap looks around the block for what has happened, so no thread may be at work on its neighbours. False
// where nothing is known of the block, which is still the caller's.
bool look_into(const Entry& entry, core::BlockSlot suspect) noexcept {
  const StoppedWorld stopped;
  if (const auto overwritten = overwritten_state(entry.cache(), core::Moment::kReuse)) {
    entry.faults().on_fault(*overwritten);
    return false;
  }
  if (Arena* const home = arena_set.of_address(address_of(suspect.block)); home != nullptr) {
    home->look_into(suspect, entry.faults());
  } else {
    core::Heap::report_slot(suspect, core::Moment::kReuse, entry.faults());
  }
  return true;
}

bool refill(const Entry& entry, std::size_t size) noexcept {
  const std::uint32_t size_class = core::size_class::at_least(core::granules_for(size));
  core::BlockCache& cache = entry.cache();
  core::BlockSlot lent[kMostLent];
  const std::size_t wanted = std::min(cache.refill_count(size_class), kMostLent);
  const std::size_t count = arena_set.take_from_any(*entry.arena(), [&](Arena& arena) {
    return arena.lend(size_class, std::span(lent, wanted), entry.faults());
  });
  // The first one is handed out next.
  for (std::size_t i = count; i > 0; --i) cache.add(size_class, lent[i - 1]);
  if (cache.has_surplus()) return_surplus(entry);
  return count != 0;
}

// Straight from the arena: the class's own blocks in the cache are not aligned, and there may be no room for
// one more. Null without a suspect: the arena has no memory.
void* take_aligned(const Entry& entry, const core::AllocRequest& request, core::BlockSlot& suspect) noexcept {
  const std::uint32_t size_class = core::size_class::at_least(core::granules_for(request.size));
  core::BlockSlot lent;
  if (!entry.arena()->lend_aligned(size_class, request.alignment, lent, entry.faults())) return nullptr;
  return entry.cache().allocate_lent(lent, request, suspect);
}

}  // namespace

// The arena serves a call that has met too many damaged blocks here.
void* take_cached(const Entry& entry, const core::AllocRequest& request) noexcept {
  for (std::size_t left = core::Heap::kMostPutAside; left != 0; --left) {
    core::BlockSlot suspect;
    const bool aligned = request.alignment > core::kGranule;
    void* memory = entry.cache().allocate(request, suspect);
    if (memory == nullptr && suspect.block == nullptr && aligned)
      memory = take_aligned(entry, request, suspect);
    if (memory != nullptr) [[likely]]
      return memory;
    if (suspect.block != nullptr) {
      if (!look_into(entry, suspect)) put_back(entry.cache(), request.size, suspect);
    } else if (aligned || !refill(entry, request.size)) {
      return nullptr;
    }
  }
  return nullptr;
}

void* resize_cached(const Entry& entry, void* pointer, const core::AllocRequest& request) noexcept {
  core::BlockFields old;
  if (!core::BlockCache::serves(request) || !may_be_user_pointer(address_of(pointer))) return nullptr;
  if (entry.cache().resize(pointer, request)) return pointer;
  if (!is_sound(entry, pointer, old)) return nullptr;
  core::FreeRequest free_old;
  free_old.origin = request.origin;
  free_old.by = request.by;
  free_old.moment = core::Moment::kRealloc;
  if (!core::BlockCache::takes(old, free_old)) return nullptr;
  core::AllocRequest moved = request;
  moved.origin = old.origin;
  // No call may free the block in the meantime; one that does shows in the block's header, and the heap
  // reports it.
  const auto give_back = [&] {
    if (!give_to_cache(entry, pointer, free_old)) {
      arena_set.of_address(address_of(pointer))->deallocate(pointer, free_old, entry.faults());
    }
  };
  return core::move_block(
      pointer, old.requested, request.size, [&] { return take_cached(entry, moved); }, give_back);
}

// Its slots are a quarter of the smallest stack of a thread, so they are in no frame but its own.
[[gnu::noinline]] void return_surplus(const Entry& entry) noexcept {
  core::BlockSlot taken[core::BlockCache::kSurplus];
  while (const std::size_t count = entry.cache().take_surplus(taken)) {
    send_surplus_home(std::span(taken, count), entry.faults());
  }
  if (entry.cache().are_kept_due()) send_kept_home(entry.cache(), entry.faults());
}

void return_surplus(const trace::FrameState& from) noexcept {
  const Entry entry(from, core::Call::kNone);  // of several functions
  if (entry.granted() && entry.has_cache()) return_surplus(entry);
}

void put_back(core::BlockCache& cache, std::size_t size, core::BlockSlot suspect) noexcept {
  cache.add(core::size_class::at_least(core::granules_for(size)), suspect);
}

void drain_cache(ThreadState& state, core::FaultSink& faults) noexcept {
  core::BlockSlot taken[core::BlockCache::kSurplus];
  while (const std::size_t count = state.cache.drain(taken)) {
    send_surplus_home(std::span(taken, count), faults);
    send_kept_home(state.cache, faults);
  }
  send_kept_home(state.cache, faults);
  live_bytes_of_drained.fetch_add(state.cache.take_live_bytes_delta(), std::memory_order_relaxed);
}

std::size_t drained_live_bytes() noexcept { return live_bytes_of_drained.load(std::memory_order_relaxed); }

bool is_cached(const core::BlockHeader* block, const void* /*context*/) noexcept {
  bool found = false;
  world.for_each([&](const ThreadState& state) { found |= state.cache.holds(block); });
  arena_set.for_each([&](const Arena& arena) { found |= arena.holds_put_aside(block); });
  return found;
}

}  // namespace padlock::runtime
