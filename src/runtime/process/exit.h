// The ends of the process that it asks for: exit(3), quick_exit(3), _exit(2), exec. Each is preceded by a
// last check of the heap; after exit and quick_exit, whose handlers and destructors come before it, only
// libc's own flush of stdio comes later. The status is `exitcode` where a fault was reported and the process
// went on (last_check.h).
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// Start-up: registers the hooks of exit and quick_exit.
void watch_exit() noexcept;

/// void _exit(int status). In a child that shares its parent's memory nothing happens.
void on_exit_at_once(PassedCall& call) noexcept;

/// The exec family, whatever the arguments: before the program is replaced. A forked child's heap is not
/// checked here; most do nothing else before they call exec. The new program inherits the signals that this
/// one has ignored or blocked, and not what Padlock has made of them. This one is all that is done for a file
/// that is open (fexecve); for the others see exec_calls.h.
void on_exec_of_file(PassedCall& call) noexcept;

}  // namespace padlock::runtime
