// Calls by which a program puts a filter of system calls on itself.
#pragma once

#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstdint>

#include "os/system_call.h"

namespace padlock::os {

/// What a call installs: nothing (without a filter the program only asks whether the kernel knows the call),
/// strict mode, a program of its own.
enum class Filter : std::uint8_t { kNone, kStrict, kProgram };

/// prctl(option, mode, filter).
constexpr Filter filter_by_prctl(std::uintptr_t option, std::uintptr_t mode, std::uintptr_t filter) noexcept {
  if (option != PR_SET_SECCOMP) return Filter::kNone;
  if (mode == SECCOMP_MODE_STRICT) return Filter::kStrict;
  return mode == SECCOMP_MODE_FILTER && filter != 0 ? Filter::kProgram : Filter::kNone;
}

/// seccomp(operation, flags, filter).
constexpr Filter filter_by_seccomp(std::uintptr_t operation, std::uintptr_t flags,
                                   std::uintptr_t filter) noexcept {
  if (operation == SECCOMP_SET_MODE_STRICT)
    return flags == 0 && filter == 0 ? Filter::kStrict : Filter::kNone;
  return operation == SECCOMP_SET_MODE_FILTER && filter != 0 ? Filter::kProgram : Filter::kNone;
}

/// Whether the calling thread has a filter, of either kind.
inline bool has_filter() noexcept {
  return system_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0).value() != SECCOMP_MODE_DISABLED;
}

}  // namespace padlock::os
