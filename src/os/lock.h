// A lock that needs no set-up, no malloc and no other library: usable before constructors run and
// inside malloc.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/thread_annotations.h"

namespace padlock::os {

/// Not recursive, not fair. Held by a LockGuard where that is possible. Keeps errno.
class PADLOCK_CAPABILITY("lock") Lock {
 public:
  constexpr Lock() noexcept = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void lock() noexcept PADLOCK_ACQUIRES() {
    if (!try_lock()) lock_slowly();
  }
  bool try_lock() noexcept PADLOCK_TRIES_TO_ACQUIRE {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  /// False if the lock was not free within so many milliseconds.
  bool try_lock_for(std::int64_t milliseconds) noexcept PADLOCK_TRIES_TO_ACQUIRE;
  void unlock() noexcept PADLOCK_RELEASES() {
    if (state_.exchange(kFree, std::memory_order_release) == kContended) wake_one();
  }

  /// Frees the lock, whichever thread held it: for a forked child, where only the forking thread lives on.
  void reset_after_fork() noexcept { state_.store(kFree, std::memory_order_relaxed); }

 private:
  // The three states of Drepper, "Futexes Are Tricky" (2011), mutex 2.
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;  // held, and threads may be waiting

  void lock_slowly() noexcept PADLOCK_ACQUIRES();
  void wake_one() noexcept;

  std::atomic<std::uint32_t> state_{kFree};
};

/// Says that the lock is held already.
struct Adopt {};
inline constexpr Adopt kAdopt;

/// Holds the lock for as long as it lives.
class PADLOCK_SCOPED_LOCK LockGuard {
 public:
  explicit LockGuard(Lock& lock) noexcept PADLOCK_ACQUIRES(lock) : lock_(lock) { lock.lock(); }
  /// After a try_lock() that succeeded.
  LockGuard(Lock& lock, Adopt /*held*/) noexcept PADLOCK_REQUIRES(lock) : lock_(lock) {}
  ~LockGuard() PADLOCK_RELEASES() { lock_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Lock& lock_;
};

}  // namespace padlock::os
