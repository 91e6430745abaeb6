// What the kernel left on the initial stack: argc, argv, environment. There before any constructor ran.
#pragma once

#include <cstdint>

namespace padlock::os {

/// Address of argc, where the first frame of the process began; 0 if the loader has not said yet.
std::uintptr_t initial_stack_pointer() noexcept;
/// The environment as the kernel passed it, or null.
const char* const* initial_environment() noexcept;

}  // namespace padlock::os
