// Calls that may confine the process: forwards only.
#include "runtime/process/confinement.h"
#include "preload/pass_through.h"

PADLOCK_PASS_THROUGH(prctl, padlock::runtime::on_prctl_call)
PADLOCK_PASS_THROUGH(syscall, padlock::runtime::on_syscall_call)
