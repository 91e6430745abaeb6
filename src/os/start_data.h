// What the kernel left on the initial stack: argc, argv, environment, auxiliary vector. There before any
// constructor ran.
#pragma once

#include <cstdint>

#include "base/range.h"

namespace padlock::os {

/// Address of argc, where the first frame of the process began; 0 if the loader has not said yet.
std::uintptr_t initial_stack_pointer() noexcept;
/// The environment as the kernel passed it, or null.
const char* const* initial_environment() noexcept;
/// Where the strings lie that arguments and environment pointed to at the start; empty if that is not known.
AddressRange start_strings() noexcept;
/// What lies in front of those: argc and the arrays of pointers to them, the auxiliary vector; empty if that
/// is not known.
AddressRange start_arrays() noexcept;
/// getauxval(3) without libc: the value of `type` (AT_*), 0 if there is none. Async-signal-safe.
std::uintptr_t auxiliary_value(std::uintptr_t type) noexcept;

}  // namespace padlock::os
