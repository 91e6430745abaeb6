// A call of the program's to a libc function, stopped in front of it: the arguments as they lie in registers,
// and the stub that saves them, calls a hook, and jumps on (preload/pass_through.h).
#pragma once

#include <cstdint>

#include "arch/frame.h"

namespace padlock::arch {

/// The caller's registers, as the stub saved them on the stack. What a hook writes to the arguments is what
/// libc's function gets.
struct PassedCall {
  std::uintptr_t unused;       // keeps the stack aligned
  std::uintptr_t fp;           // rbp
  std::uintptr_t argument[6];  // rdi, rsi, rdx, rcx, r8, r9: integers and pointers, in the order of the call
  std::uintptr_t vectors;      // rax: how many vector registers a variadic call uses
  std::uintptr_t pc;           // the return address

  /// The program's frame that called.
  [[nodiscard]] FrameState from() const noexcept {
    return {pc, reinterpret_cast<std::uintptr_t>(this + 1), fp};
  }
};

}  // namespace padlock::arch

// Defines the function `name`: calls `void* padlock_before_<name>(PassedCall&)`, then jumps to what that
// returned as if it had been called by the program. The pushes make a PassedCall, from its last member to its
// first.
// clang-format off
#define PADLOCK_PASS_THROUGH_STUB(name)                                \
  __asm__(".pushsection .text\n"                                       \
          ".globl " name "\n"                                          \
          ".type " name ", @function\n"                                \
          ".balign 16\n"                                               \
          name ":\n"                                                   \
          ".cfi_startproc\n"                                           \
          "endbr64\n"                                                  \
          "pushq %rax\n pushq %r9\n pushq %r8\n pushq %rcx\n"          \
          "pushq %rdx\n pushq %rsi\n pushq %rdi\n"                     \
          "pushq %rbp\n pushq %rax\n"                                  \
          ".cfi_adjust_cfa_offset 72\n"                                \
          "movq %rsp, %rdi\n"                                          \
          "call padlock_before_" name "\n"                             \
          "movq %rax, %r11\n"                                          \
          "addq $16, %rsp\n"                                           \
          "popq %rdi\n popq %rsi\n popq %rdx\n popq %rcx\n"            \
          "popq %r8\n popq %r9\n popq %rax\n"                          \
          ".cfi_adjust_cfa_offset -72\n"                               \
          "jmpq *%r11\n"                                               \
          ".cfi_endproc\n"                                             \
          ".size " name ", . - " name "\n"                             \
          ".popsection\n");
// clang-format on
