// What a signal handler is given of the code that the signal interrupted: registers, and why it faulted.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>

#include "arch/frame.h"

namespace padlock::arch {

using Context = ucontext_t;

/// The general registers; the instruction pointer is behind them.
inline constexpr std::size_t kRegisters = REG_RIP;

inline std::uintptr_t register_of(const Context& context, std::size_t index) noexcept {
  return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[index]);
}
inline std::uintptr_t instruction_of(const Context& context) noexcept {
  return register_of(context, REG_RIP);
}
inline std::uintptr_t stack_pointer_of(const Context& context) noexcept {
  return register_of(context, REG_RSP);
}

/// The interrupted frame. A frame's pc is a return address, and is looked up one byte before.
inline FrameState interrupted_frame(const Context& context) noexcept {
  return {instruction_of(context) + 1, stack_pointer_of(context), register_of(context, REG_RBP)};
}

/// Of a page fault: whether the access was a write.
inline bool is_write_fault(const Context& context) noexcept {
  constexpr greg_t kPageFaultWrite = 2;  // of the page fault's error code
  return (context.uc_mcontext.gregs[REG_ERR] & kPageFaultWrite) != 0;
}

/// The frame that the interrupted code returns to, where it has gone to a place without code and the word on
/// top of the stack is `return_address`.
inline FrameState caller_frame(const Context& context, std::uintptr_t return_address) noexcept {
  return {return_address, stack_pointer_of(context) + sizeof return_address, register_of(context, REG_RBP)};
}

/// Whether the fault has no address because it lies outside the address space: a general protection fault or,
/// of an access by way of a stack register, a stack fault.
inline bool is_outside_address_space(const Context& context) noexcept {
  constexpr greg_t kStackFault = 12;
  constexpr greg_t kGeneralProtection = 13;
  const greg_t trap = context.uc_mcontext.gregs[REG_TRAPNO];
  return trap == kStackFault || trap == kGeneralProtection;
}

/// Bytes from the start of a Context on a stack to the registers that a walk goes on with.
inline constexpr std::uintptr_t kContextFramePointer =
    offsetof(Context, uc_mcontext) + REG_RBP * sizeof(greg_t);
inline constexpr std::uintptr_t kContextStackPointer =
    offsetof(Context, uc_mcontext) + REG_RSP * sizeof(greg_t);
inline constexpr std::uintptr_t kContextInstruction =
    offsetof(Context, uc_mcontext) + REG_RIP * sizeof(greg_t);

}  // namespace padlock::arch
