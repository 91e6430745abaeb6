// The unwind rule of a return address, from the call-frame information of the module that holds it.
#pragma once

#include <cstdint>

#include "trace/unwind_rule.h"

namespace padlock::trace {

/// Never fails: code without unwind tables ends a walk. No malloc, no lock (glibc >= 2.35). The key is 0.
UnwindRule find_rule(std::uintptr_t return_address) noexcept;

/// Whether described code begins a function at `address`: as a return address it was not put there by a call.
bool is_function_start(std::uintptr_t address) noexcept;

}  // namespace padlock::trace
