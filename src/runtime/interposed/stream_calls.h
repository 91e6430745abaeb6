// libc's functions by which a program lets go of a standard stream, before they are carried out: the reporter
// keeps its way to the terminal, and a daemon does not hold up a reader that waits for the end of its output.
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

void on_close_call(PassedCall& call) noexcept;
void on_dup2_call(PassedCall& call) noexcept;  // dup3 too
void on_closefrom_call(PassedCall& call) noexcept;
void on_close_range_call(PassedCall& call) noexcept;
void on_fclose_call(PassedCall& call) noexcept;
void on_freopen_call(PassedCall& call) noexcept;
void on_setsid_call(PassedCall& call) noexcept;
void on_daemon_call(PassedCall& call) noexcept;

}  // namespace padlock::runtime
