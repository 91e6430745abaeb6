// The switch itself is a few instructions.
#include "arch/stack_switch.h"

#include <cstdint>

// (argument, function, end of the stack): the frame pointer keeps the way back.
asm(R"(
    .pushsection .text
    .balign 16
    .globl padlock_call_on_stack
    .hidden padlock_call_on_stack
    .type padlock_call_on_stack, @function
padlock_call_on_stack:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    movq %rsp, %rbp
    .cfi_def_cfa_register rbp
    movq %rdx, %rsp
    andq $-16, %rsp
    call *%rsi
    movq %rbp, %rsp
    popq %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size padlock_call_on_stack, . - padlock_call_on_stack
    .popsection
)");
extern "C" [[gnu::visibility("hidden")]] void padlock_call_on_stack(void* argument, void (*function)(void*),
                                                                    void* end);

namespace padlock::arch {

void call_on_stack(std::span<std::byte> stack, void (*function)(void*), void* argument) noexcept {
  padlock_call_on_stack(argument, function, stack.data() + stack.size());
}

bool runs_on_stack(std::span<const std::byte> stack) noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here - reinterpret_cast<std::uintptr_t>(stack.data()) < stack.size();
}

}  // namespace padlock::arch
