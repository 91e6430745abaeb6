// Whether all pages that the process maps are locked in memory (mlockall), and so brought in at once: as its
// interposed calls say, as the kernel cannot be asked.
#pragma once

#include <sys/mman.h>

#include <atomic>

namespace padlock::os {

/// What mlockall(2) is asked for.
inline constexpr int kLockPresent = MCL_CURRENT;
inline constexpr int kLockFuture = MCL_FUTURE;

namespace detail {
extern constinit std::atomic<bool> future_locked __attribute__((visibility("hidden")));
}  // namespace detail

/// Async-signal-safe, both.
inline bool future_is_locked() noexcept { return detail::future_locked.load(std::memory_order_relaxed); }
inline void note_future_locked(bool locked) noexcept {
  detail::future_locked.store(locked, std::memory_order_relaxed);
}

}  // namespace padlock::os
