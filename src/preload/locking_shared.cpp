// mlockall and munlockall: forwards only; libc carries them out.
#include "os/memory_locks.h"
#include "preload/exported.h"
#include "preload/pass_through.h"
#include "runtime/interposed/memory_locking.h"

namespace runtime = padlock::runtime;

PADLOCK_NEXT(mlockall)
PADLOCK_EXPORT int mlockall(int flags) noexcept {
  return runtime::lock_all_memory(flags, PADLOCK_NEXT_OF(mlockall), PADLOCK_CALLER_STATE());
}

PADLOCK_PASS_THROUGH(munlockall, runtime::on_munlockall_call)
