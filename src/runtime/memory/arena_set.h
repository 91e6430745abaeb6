// All arenas of the process. They come to be when a thread is first given to them, and stay.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/config.h"
#include "os/lock.h"
#include "runtime/memory/arena.h"

namespace padlock::runtime {

/// Thread-safe after set_up().
class ArenaSet {
 public:
  static constexpr std::size_t kMaxArenas = kLargeOwner - 1;

  constexpr ArenaSet() noexcept = default;

  /// Once, before anything else. `config`: every arena's, but for the seed, which is mixed with its index.
  /// The key is the same for all, so that any cache can hold any arena's blocks.
  /// `kept_bytes`: see Arena.
  void set_up(std::size_t count, const core::HeapConfig& config, std::size_t kept_bytes) noexcept;

  /// The arena with the fewest threads, which counts the new one; an arena that is there before another is
  /// made: threads that come one after another share one. Null if the system has no memory for any.
  Arena* for_new_thread() noexcept;
  /// In a forked child: of all threads only the one with `arena`, or none, is left.
  void count_only(Arena* arena) noexcept;
  /// The arena of the `turn`th caller; any other if the system has no memory for it. Null if it has none at
  /// all.
  Arena* for_turn(std::size_t turn) noexcept;
  /// What `take(arena)` gets from `first` or, where the system has no memory for that to grow, from another.
  template <typename Take>
  auto take_from_any(Arena& first, Take take) noexcept {
    auto taken = take(first);
    if (taken) [[likely]]
      return taken;
    for_each([&](Arena& other) {
      if (!taken && &other != &first && !other.is_abandoned()) taken = take(other);
    });
    return taken;
  }
  /// The arena that the segment table calls by this mark, which is one's.
  Arena* of_owner(SegmentOwner owner) noexcept { return arenas_[owner - 1].load(std::memory_order_acquire); }
  /// The arena whose segment holds `address`, or null.
  Arena* of_address(std::uintptr_t address) noexcept {
    const SegmentOwner owner = segment_table.owner_of(address);
    return owner - 1U < kMaxArenas ? of_owner(owner) : nullptr;
  }

  template <typename Visit>
  void for_each(Visit visit) noexcept {
    for (std::atomic<Arena*>& slot : arenas_) {
      if (Arena* arena = slot.load(std::memory_order_acquire); arena != nullptr) visit(*arena);
    }
  }

  /// For fork(2): no arena comes to be while it is held.
  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  Arena* create(std::size_t index) noexcept PADLOCK_REQUIRES(lock_);
  Arena* at_or_behind(std::size_t index) noexcept PADLOCK_REQUIRES(lock_);
  Arena* any() noexcept PADLOCK_REQUIRES(lock_);

  os::Lock lock_;
  std::size_t count_ = 1;  // constant once set up
  core::HeapConfig config_ PADLOCK_GUARDED_BY(lock_);
  std::size_t kept_bytes_ PADLOCK_GUARDED_BY(lock_) = 0;
  std::atomic<Arena*> arenas_[kMaxArenas] = {};
};

extern constinit ArenaSet arena_set;

}  // namespace padlock::runtime
