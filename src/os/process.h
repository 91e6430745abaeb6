// The process: what started it and how it may behave.
#pragma once

namespace padlock::os {

/// Set-user-id, set-group-id or file capabilities (AT_SECURE): options from the environment are ignored.
bool is_secure_execution() noexcept;
/// getenv that works before libc's constructors and never locks; null if unset.
const char* environment(const char* name) noexcept;
/// The executable's path ("" if unreadable), NUL-terminated.
void executable_path(char* path, unsigned capacity) noexcept;

}  // namespace padlock::os
