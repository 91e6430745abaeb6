// The registers of a thread that another process traces: which instruction it is at, and how it is made to
// make a system call of the tracer's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/thread_registers.h"

namespace padlock::arch {

/// Bytes of the instruction that enters the kernel.
inline constexpr std::size_t kEnterKernelBytes = 2;
inline constexpr std::uint8_t kEnterKernel[kEnterKernelBytes] = {0x0F, 0x05};

inline std::uintptr_t instruction_of(const ThreadRegisters& registers) noexcept { return registers.rip; }

/// Of the call that the thread is in.
inline long call_number_of(const ThreadRegisters& registers) noexcept {
  return static_cast<long>(registers.orig_rax);
}
inline std::uint64_t first_argument_of(const ThreadRegisters& registers) noexcept { return registers.rdi; }
inline long call_result_of(const ThreadRegisters& registers) noexcept {
  return static_cast<long>(registers.rax);
}

/// What such a call is given.
struct TracedCall {
  long number = 0;
  std::uint64_t arguments[3] = {};
};

/// Makes the call by the instruction at `entry`, where a thread that stands outside the kernel goes on with
/// these registers.
inline ThreadRegisters calling(ThreadRegisters registers, std::uintptr_t entry,
                               const TracedCall& call) noexcept {
  registers.rip = entry;
  registers.rax = static_cast<unsigned long long>(call.number);
  registers.orig_rax = ~0ULL;  // it is not in a call that may have to begin anew
  registers.rdi = call.arguments[0];
  registers.rsi = call.arguments[1];
  registers.rdx = call.arguments[2];
  return registers;
}

/// A thread that is about to make a call makes none.
inline ThreadRegisters calling_nothing(ThreadRegisters entered) noexcept {
  entered.orig_rax = ~0ULL;
  return entered;
}

/// `entered`: as a thread stands when it has entered the kernel, or is about to leave it. It makes that call
/// once more.
inline ThreadRegisters calling_again(ThreadRegisters entered) noexcept {
  entered.rip -= kEnterKernelBytes;
  entered.rax = entered.orig_rax;
  entered.orig_rax = ~0ULL;
  return entered;
}

}  // namespace padlock::arch
