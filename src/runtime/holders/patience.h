// Asking what must not wait for a lock, for a while.
#pragma once

#include "os/clock.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

/// What `look()` sees, which is nothing while a lock is busy; nothing if it stays so for a second. Where the
/// thread is inside the allocator, and may hold the lock itself, it looks once.
template <typename Look>
auto look_patiently(Look look) noexcept {
  constexpr unsigned kLooks = 1000;  // a millisecond apart
  const unsigned looks = thread_slot.is_idle() ? kLooks : 1;
  const Asking asking;
  auto seen = look();
  for (unsigned left = looks; !seen && --left != 0; seen = look()) os::sleep_ms(1);
  return seen;
}

}  // namespace padlock::runtime
