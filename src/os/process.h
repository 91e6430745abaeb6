// The process: what started it and how it may behave.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/range.h"

namespace padlock::os {

/// Set-user-id, set-group-id or file capabilities (AT_SECURE): options from the environment are ignored.
bool is_secure_execution() noexcept;
/// getenv that works before libc's constructors and never locks; null if unset.
const char* environment(const char* name) noexcept;
/// The environment as the program has it now; null before libc has set it.
char* const* current_environment() noexcept;
/// Whether there is a file of this name.
bool exists(const char* path) noexcept;
/// Whether the process may read it.
bool is_readable_file(const char* path) noexcept;
/// What the kernel was asked to execute; "" if it did not say. May be relative to a directory that the
/// process has left.
const char* program_as_started() noexcept;
/// The executable's path ("" if unreadable), NUL-terminated.
void executable_path(char* path, unsigned capacity) noexcept;

/// How many processors the process may run on; 1 where the kernel does not say.
std::size_t processor_count() noexcept;

/// Whether a dynamic loader has started the program; not where it is static.
bool has_dynamic_loader() noexcept;
/// Where the program's own code begins to run.
std::uintptr_t program_entry() noexcept;
/// Where the dynamic loader (ld.so) is; empty in a static program.
AddressRange loader_range() noexcept;
/// Whether the loader is just mapping or unmapping a module (of the main namespace). Takes no lock; to be
/// relied on only in a call that the loader itself makes.
bool loader_is_changing_modules() noexcept;

/// Bytes that the system could give without swapping, by /proc/meminfo; 0 where that is not known.
std::size_t available_memory() noexcept;

}  // namespace padlock::os
