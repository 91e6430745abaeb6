// A task of its own on a stack of its own, by the bare system call.
#pragma once

#include <cstddef>
#include <span>

namespace padlock::arch {

/// clone(2) with `flags`, exit signal included: the new task calls `function(argument)` on `stack` and ends
/// with its result. What the kernel returned: the task's id, or a negative number for an error.
long clone_on_stack(unsigned long flags, std::span<std::byte> stack, int (*function)(void*),
                    void* argument) noexcept;

}  // namespace padlock::arch
