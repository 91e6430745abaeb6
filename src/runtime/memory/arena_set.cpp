// Creating arenas and finding them.
#include "runtime/memory/arena_set.h"

#include <algorithm>
#include <new>
#include <span>

#include "base/arith.h"
#include "base/units.h"
#include "core/cache/quarantine.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::runtime {
namespace {

// Blocks here are longer than what caches take, but for those of threads that have none. At most 2^20 slots
// (16 MiB of address space, of which only what is used is touched).
std::size_t slots_for(std::size_t quarantine_bytes) noexcept {
  constexpr std::size_t kBytesPerSlot = 512;
  return std::min(quarantine_bytes / kBytesPerSlot + 1, 1_MiB);
}

// Of blocks that are held back longer, a typical size: of smaller ones fewer bytes are held back.
constexpr std::size_t kBytesPerKept = 128;

}  // namespace

constinit ArenaSet arena_set;

void ArenaSet::set_up(std::size_t count, const core::HeapConfig& config, std::size_t kept_bytes) noexcept {
  const os::LockGuard guard(lock_);
  kept_bytes_ = kept_bytes;
  count_ = std::clamp<std::size_t>(count, 1, kMaxArenas);
  config_ = config;
}

Arena* ArenaSet::for_turn(std::size_t turn) noexcept {
  Arena::expect_threads_to_meet();
  const std::size_t index = turn % count_;
  if (Arena* arena = arenas_[index].load(std::memory_order_acquire);
      arena != nullptr && !arena->is_abandoned()) [[likely]]
    return arena;
  const os::LockGuard guard(lock_);
  Arena* const arena = at_or_behind(index);
  return arena != nullptr ? arena : any();
}

Arena* ArenaSet::for_new_thread() noexcept {
  const os::LockGuard guard(lock_);
  std::size_t best = 0;
  bool is_first = true;
  std::uint64_t fewest = UINT64_MAX;  // twice the threads, and one where the arena has to be made
  for (std::size_t i = 0; i < count_; ++i) {
    const Arena* const arena = arenas_[i].load(std::memory_order_acquire);
    if (arena != nullptr && arena->is_abandoned()) continue;
    const std::uint64_t threads = arena == nullptr ? 1 : 2 * std::uint64_t{arena->threads()};
    if (arena != nullptr && arena->threads() != 0) is_first = false;
    if (threads < fewest) best = i;
    fewest = std::min(fewest, threads);
  }
  if (!is_first) Arena::expect_threads_to_meet();
  Arena* arena = at_or_behind(best);
  if (arena == nullptr) arena = any();
  if (arena != nullptr) arena->add_thread();
  return arena;
}

void ArenaSet::count_only(Arena* arena) noexcept {
  for_each([](Arena& each) { each.forget_threads(); });
  if (arena != nullptr) arena->add_thread();
}

// The arena at `index`, made if there is none; where it is abandoned, the next one that is not.
Arena* ArenaSet::at_or_behind(std::size_t index) noexcept {
  for (std::size_t i = index; i < kMaxArenas; ++i) {
    Arena* const arena = arenas_[i].load(std::memory_order_acquire);
    if (arena == nullptr) return create(i);
    if (!arena->is_abandoned()) return arena;
  }
  return nullptr;
}

// The first arena that can be used, or null.
Arena* ArenaSet::any() noexcept {
  for (const std::atomic<Arena*>& slot : arenas_) {
    Arena* const arena = slot.load(std::memory_order_acquire);
    if (arena != nullptr && !arena->is_abandoned()) return arena;
  }
  return nullptr;
}

Arena* ArenaSet::create(std::size_t index) noexcept {
  const std::size_t slot_count = slots_for(config_.quarantine_bytes);
  const std::size_t kept_count = kept_bytes_ / kBytesPerKept + 1;
  const std::size_t slots_size = (slot_count + kept_count) * sizeof(core::BlockSlot);
  const std::size_t arena_size = align_up(sizeof(Arena), std::size_t{64});
  const std::size_t size = align_up(arena_size + slots_size, os::page_size());
  void* memory = os::map_table(size);
  if (memory == nullptr) return nullptr;
  core::HeapConfig config = config_;
  config.seed = config_.seed + index;
  auto* slots = reinterpret_cast<core::BlockSlot*>(static_cast<std::byte*>(memory) + arena_size);
  auto* arena = new (memory) Arena(static_cast<SegmentOwner>(index + 1), config, std::span(slots, slot_count),
                                   std::span(slots + slot_count, kept_count), kept_bytes_);
  arenas_[index].store(arena, std::memory_order_release);
  return arena;
}

}  // namespace padlock::runtime
