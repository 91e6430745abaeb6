// The kernel's own shared object, which is mapped into every process: reading a clock without a system call.
#pragma once

#include <ctime>

namespace padlock::os {

/// clock_gettime(2) through the vDSO, or by a system call where there is none. Zero on an error.
/// Async-signal-safe, keeps errno.
timespec kernel_clock(clockid_t clock) noexcept;

}  // namespace padlock::os
