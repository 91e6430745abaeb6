// The registers of a stopped thread, as ptrace(2) hands them out, and how a thread's own memory is found by
// them.
#pragma once

#include <sys/user.h>

#include <cstddef>
#include <cstdint>

namespace padlock::arch {

using ThreadRegisters = user_regs_struct;

inline std::uintptr_t stack_pointer_of(const ThreadRegisters& registers) noexcept { return registers.rsp; }
inline std::uintptr_t thread_pointer_of(const ThreadRegisters& registers) noexcept {
  return registers.fs_base;
}

/// Bytes below the stack pointer that a function may use.
inline constexpr std::size_t kRedZone = 128;

/// Where the vector of a thread's dynamic thread-local blocks is noted, in words from its thread pointer.
inline constexpr std::size_t kVectorOfThreadLocals = 1;

}  // namespace padlock::arch
