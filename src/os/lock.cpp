// The slow paths of the lock: spin a little, then wait in the kernel.
#include "os/lock.h"

#include <linux/futex.h>

#include "arch/processor.h"
#include "os/clock.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr int kSpins = 100;  // a critical section here is shorter than a system call

}  // namespace

// The exchange takes the lock. A value that no thread can have left was written by a wild pointer, and would
// be waited for without end: the lock counts as free.
void Lock::lock_slowly() noexcept PADLOCK_UNCHECKED_LOCKING {
  for (int i = 0; i < kSpins; ++i) {
    if (std::uint32_t state = state_.load(std::memory_order_relaxed); state > kContended)
      state_.compare_exchange_strong(state, kFree, std::memory_order_relaxed);
    if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
    arch::pause();
  }
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
    system_call(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr, nullptr, 0);
  }
}

// Asks now and then: for callers that can wait, but not without a limit.
bool Lock::try_lock_for(std::int64_t milliseconds) noexcept {
  const std::int64_t end = monotonic_ms() + milliseconds;
  while (!try_lock()) {
    if (monotonic_ms() >= end) return false;
    sleep_ms(1);
  }
  return true;
}

void Lock::wake_one() noexcept {
  system_call(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace padlock::os
