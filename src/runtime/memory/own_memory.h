// Whether the memory is the calling process's own: between vfork and exec, and after a raw clone(2) with
// CLONE_VM, it is the parent's, whose state such a child must leave as it is.
#pragma once

#include <cstdint>

namespace padlock::runtime {

/// Start-up, and in a forked child: the memory belongs to the calling process.
void note_own_memory() noexcept;

/// Whether the memory is a forked child's.
bool memory_is_forked() noexcept;

/// The id of the process that the memory belongs to, as noted.
std::int32_t memory_owner() noexcept;

/// One system call. Also false in a forked child in which no fork handlers ran. Async-signal-safe.
bool memory_is_own() noexcept;

}  // namespace padlock::runtime
