// The ways out of the process of which libc notifies no hook: forwards only.
#include "preload/pass_through.h"
#include "runtime/process/exec_calls.h"
#include "runtime/process/exit.h"

namespace runtime = padlock::runtime;

PADLOCK_PASS_THROUGH(_exit, runtime::on_exit_at_once)
PADLOCK_PASS_THROUGH(_Exit, runtime::on_exit_at_once)

PADLOCK_PASS_THROUGH(execve, runtime::on_execve)
PADLOCK_PASS_THROUGH(execv, runtime::on_execv)
PADLOCK_PASS_THROUGH(execvp, runtime::on_execvp)
PADLOCK_PASS_THROUGH(execvpe, runtime::on_execvpe)
PADLOCK_PASS_THROUGH(execl, runtime::on_execl)
PADLOCK_PASS_THROUGH(execlp, runtime::on_execlp)
PADLOCK_PASS_THROUGH(execle, runtime::on_execle)
PADLOCK_PASS_THROUGH(fexecve, runtime::on_exec_of_file)
PADLOCK_PASS_THROUGH(execveat, runtime::on_exec_of_file)
