// pthread_atfork(3), which the shared library gets from libc_nonshared.a.
#include "os/fork_handlers.h"

#include <pthread.h>

namespace padlock::os {

bool add_fork_handlers(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept {
  return pthread_atfork(before, in_parent, in_child) == 0;
}

}  // namespace padlock::os
