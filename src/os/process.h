// The process: what started it and how it may behave.
#pragma once

#include <cstdint>

namespace padlock::os {

/// Set-user-id, set-group-id or file capabilities (AT_SECURE): options from the environment are ignored.
bool is_secure_execution() noexcept;
/// getenv that works before libc's constructors and never locks; null if unset.
const char* environment(const char* name) noexcept;
/// The executable's path ("" if unreadable), NUL-terminated.
void executable_path(char* path, unsigned capacity) noexcept;

/// Whether `address` lies in the dynamic loader (ld.so). False in a static program.
bool is_in_loader(std::uintptr_t address) noexcept;

}  // namespace padlock::os
