// The program asks the kernel for a filter of its own system calls: from then on it is confined
// (os/confined.h).
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// Hooks of prctl(3) and syscall(3).
void on_prctl_call(PassedCall& call) noexcept;
void on_syscall_call(PassedCall& call) noexcept;

/// Turns off what a confined process does without: names, giving memory back.
void do_without_kernel() noexcept;

}  // namespace padlock::runtime
