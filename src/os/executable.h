// A file as execve(2) sees it.
#pragma once

namespace padlock::os {

/// Whether a process that executes the file gains privileges by that, so that the loader ignores LD_PRELOAD.
/// The rule of cap_bprm_creds_from_file() in Linux, as in cli/program.cpp: by the file's mode, owner and
/// capabilities, where neither the process nor the mount forbids to gain privileges.
bool gains_privileges(const char* path) noexcept;

/// Whether executing the file begins a program for another kind of processor; of a script it is the
/// interpreter that counts. False if the file cannot be read. Async-signal-safe.
bool is_foreign_program(const char* path) noexcept;

/// Whether it is a regular file that the process may execute.
bool is_executable(const char* path) noexcept;

}  // namespace padlock::os
