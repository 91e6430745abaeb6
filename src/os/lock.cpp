// The slow path of the lock: spin a little, then wait in the kernel.
#include "os/lock.h"

#include <linux/futex.h>

#include "arch/processor.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr int kSpins = 100;  // a critical section here is shorter than a system call

}  // namespace

// The exchange takes the lock. A value that no thread can have left was written by a wild pointer, and nobody
// would come to wake: the lock counts as free.
void Lock::lock_slowly() noexcept PADLOCK_UNCHECKED_LOCKING {
  for (int i = 0; i < kSpins; ++i) {
    if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
    arch::pause();
  }
  for (;;) {
    const std::uint32_t former = state_.exchange(kContended, std::memory_order_acquire);
    if (former == kFree || former > kContended) return;
    system_call(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr, nullptr, 0);
  }
}

void Lock::wake_one() noexcept {
  system_call(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace padlock::os
