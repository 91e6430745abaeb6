// Functions that libc calls before and after fork(2).
#pragma once

namespace padlock::os {

/// pthread_atfork(3): `before` runs after, the others before all handlers that are registered later. False if
/// there is no memory for it. A child of a raw clone(2) runs none of them.
bool add_fork_handlers(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept;

}  // namespace padlock::os
