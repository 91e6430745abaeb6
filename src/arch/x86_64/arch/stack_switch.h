// Running a function on another stack.
#pragma once

#include <cstddef>
#include <span>

namespace padlock::arch {

/// Calls `function(argument)` on `stack`, and returns on the caller's. Unwinders pass the switch. The
/// function must return: it must neither throw nor jump out.
void call_on_stack(std::span<std::byte> stack, void (*function)(void*), void* argument) noexcept;

/// Whether the calling function runs on `stack`.
bool runs_on_stack(std::span<const std::byte> stack) noexcept;

}  // namespace padlock::arch
