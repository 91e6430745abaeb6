// Nothing is done in a confined process, or in a child that uses its parent's memory. A segment that was
// shortened stays short.
#include "runtime/interposed/memory_locking.h"

#include "os/confined.h"
#include "os/memory_locks.h"
#include "runtime/calls/trim.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/memory/own_memory.h"
#include "runtime/process/init.h"

namespace padlock::runtime {

// Whether later pages are locked is for the latest call to say, be it with MCL_CURRENT alone. It is noted
// before the call, as other threads' mappings may come right behind it.
int lock_all_memory(int flags, int (*next)(int), const trace::FrameState& from) noexcept {
  initialize();
  if (os::is_confined() || !memory_is_own()) return next(flags);
  const bool before = os::future_is_locked();
  os::note_future_locked((flags & os::kLockFuture) != 0);
  if ((flags & os::kLockPresent) != 0) {
    shed_reserve(from);
    known_headers.forget();
  }
  const int result = next(flags);
  if (result != 0) os::note_future_locked(before);
  return result;
}

void on_munlockall_call(PassedCall& /*call*/) noexcept {
  if (memory_is_own()) os::note_future_locked(false);
}

}  // namespace padlock::runtime
