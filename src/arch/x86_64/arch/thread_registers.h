// The registers of a stopped thread, as ptrace(2) hands them out or a signal handler finds them, and how a
// thread's own memory is found by them.
#pragma once

#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "arch/context.h"

namespace padlock::arch {

using ThreadRegisters = user_regs_struct;

inline std::uintptr_t stack_pointer_of(const ThreadRegisters& registers) noexcept { return registers.rsp; }
inline std::uintptr_t thread_pointer_of(const ThreadRegisters& registers) noexcept {
  return registers.fs_base;
}

/// What a signal interrupted, for the thread that took it: what may hold a pointer, and the thread pointer.
inline ThreadRegisters thread_registers_in(const Context& context) noexcept {
  const auto of = [&](int name) { return static_cast<unsigned long long>(context.uc_mcontext.gregs[name]); };
  ThreadRegisters found = {};
  found.rax = of(REG_RAX);
  found.rbx = of(REG_RBX);
  found.rcx = of(REG_RCX);
  found.rdx = of(REG_RDX);
  found.rsi = of(REG_RSI);
  found.rdi = of(REG_RDI);
  found.rbp = of(REG_RBP);
  found.rsp = of(REG_RSP);
  found.r8 = of(REG_R8);
  found.r9 = of(REG_R9);
  found.r10 = of(REG_R10);
  found.r11 = of(REG_R11);
  found.r12 = of(REG_R12);
  found.r13 = of(REG_R13);
  found.r14 = of(REG_R14);
  found.r15 = of(REG_R15);
  found.rip = of(REG_RIP);
  found.fs_base = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
  return found;
}

/// The vector registers that a signal interrupted, in the kernel's order. Valid as long as the handler runs.
inline std::span<const std::uintptr_t> vectors_in(const Context& context) noexcept {
  // In the bytes that the hardware leaves to software, the kernel says how much it has saved.
  constexpr std::size_t kSoftwareBytes = 464;
  constexpr std::uint32_t kExtended = 0x46505853;
  const auto* const saved = reinterpret_cast<const std::byte*>(context.uc_mcontext.fpregs);
  if (saved == nullptr) return {};
  std::uint32_t words[2] = {};
  std::memcpy(words, saved + kSoftwareBytes, sizeof words);
  const std::size_t size = words[0] == kExtended ? words[1] : sizeof(_libc_fpstate);
  return {reinterpret_cast<const std::uintptr_t*>(saved), size / sizeof(std::uintptr_t)};
}

/// Bytes below the stack pointer that a function may use.
inline constexpr std::size_t kRedZone = 128;

/// Where the vector of a thread's dynamic thread-local blocks is noted, in words from its thread pointer.
inline constexpr std::size_t kVectorOfThreadLocals = 1;

}  // namespace padlock::arch
