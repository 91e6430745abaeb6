// The new task finds on its stack what it is to do.
#include "arch/clone.h"

// (flags, end of the stack, function, argument). In the new task the frame ends all walks.
asm(R"(
    .pushsection .text
    .balign 16
    .globl padlock_clone
    .hidden padlock_clone
    .type padlock_clone, @function
padlock_clone:
    .cfi_startproc
    endbr64
    andq $-16, %rsi
    subq $16, %rsi
    movq %rdx, (%rsi)
    movq %rcx, 8(%rsi)
    xorl %edx, %edx
    xorl %r10d, %r10d
    xorl %r8d, %r8d
    movl $56, %eax
    syscall
    testq %rax, %rax
    jz 1f
    ret
1:  .cfi_undefined rip
    xorl %ebp, %ebp
    popq %rax
    popq %rdi
    call *%rax
    movl %eax, %edi
    movl $60, %eax
    syscall
    hlt
    .cfi_endproc
    .size padlock_clone, . - padlock_clone
    .popsection
)");
extern "C" [[gnu::visibility("hidden")]] long padlock_clone(unsigned long flags, void* end,
                                                            int (*function)(void*), void* argument);

namespace padlock::arch {

long clone_on_stack(unsigned long flags, std::span<std::byte> stack, int (*function)(void*),
                    void* argument) noexcept {
  return padlock_clone(flags, stack.data() + stack.size(), function, argument);
}

}  // namespace padlock::arch
