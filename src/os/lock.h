// A lock that needs no set-up, no malloc and no other library: usable before constructors run and
// inside malloc.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::os {

/// Not recursive, not fair. Works with std::lock_guard. Keeps errno.
class Lock {
 public:
  constexpr Lock() noexcept = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void lock() noexcept {
    if (!try_lock()) lock_slowly();
  }
  bool try_lock() noexcept {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  /// False if the lock was not free within so many milliseconds.
  bool try_lock_for(std::int64_t milliseconds) noexcept;
  void unlock() noexcept {
    if (state_.exchange(kFree, std::memory_order_release) == kContended) wake_one();
  }

  /// Frees the lock, whichever thread held it: for a forked child, where only the forking thread lives on.
  void reset_after_fork() noexcept { state_.store(kFree, std::memory_order_relaxed); }

 private:
  // The three states of Drepper, "Futexes Are Tricky" (2011), mutex 2.
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;  // held, and somebody may be waiting

  void lock_slowly() noexcept;
  void wake_one() noexcept;

  std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace padlock::os
