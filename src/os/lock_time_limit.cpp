// Taking a lock now and then: for callers that can wait, but not without a limit.
#include "os/clock.h"
#include "os/lock.h"

namespace padlock::os {

bool Lock::try_lock_for(std::int64_t milliseconds) noexcept {
  const std::int64_t end = monotonic_ms() + milliseconds;
  while (!try_lock()) {
    if (monotonic_ms() >= end) return false;
    sleep_ms(1);
  }
  return true;
}

}  // namespace padlock::os
