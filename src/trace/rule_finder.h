// The unwind rule of a return address, from the call-frame information of the module that holds it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/unwind_rule.h"

namespace padlock::trace {

/// Never fails: code without unwind tables ends a walk. No malloc, no lock (glibc >= 2.35). The key is 0.
UnwindRule find_rule(std::uintptr_t return_address) noexcept;

/// Whether the code at `address` is what a signal handler returns to: "mov $__NR_rt_sigreturn, %rax;
/// syscall", kSignalReturnSize bytes, which have to be readable.
bool is_signal_return(std::uintptr_t address) noexcept;
inline constexpr std::size_t kSignalReturnSize = 9;

/// Whether described code begins a function at `address`: as a return address it was not put there by a call.
bool is_function_start(std::uintptr_t address) noexcept;

}  // namespace padlock::trace
