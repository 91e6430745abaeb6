// rt_sigreturn(2) as libc has it.
#include "arch/signal_return.h"

// The frame description says where each register of the interrupted code lies in the ucontext_t. It begins a
// byte early because unwinders look up the byte before a return address.
asm(R"(
    .pushsection .text
    .balign 16
    .cfi_startproc
    .cfi_signal_frame
    .cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06   /* CFA: the word at rsp + 160 */
    .cfi_escape 0x10, 0, 3, 0x77, 0x90, 1      /* rax at rsp + 144 */
    .cfi_escape 0x10, 1, 3, 0x77, 0x88, 1      /* rdx: 136 */
    .cfi_escape 0x10, 2, 3, 0x77, 0x98, 1      /* rcx: 152 */
    .cfi_escape 0x10, 3, 3, 0x77, 0x80, 1      /* rbx: 128 */
    .cfi_escape 0x10, 4, 3, 0x77, 0xf0, 0      /* rsi: 112 */
    .cfi_escape 0x10, 5, 3, 0x77, 0xe8, 0      /* rdi: 104 */
    .cfi_escape 0x10, 6, 3, 0x77, 0xf8, 0      /* rbp: 120 */
    .cfi_escape 0x10, 7, 3, 0x77, 0xa0, 1      /* rsp: 160 */
    .cfi_escape 0x10, 8, 2, 0x77, 0x28         /* r8: 40 */
    .cfi_escape 0x10, 9, 2, 0x77, 0x30         /* r9: 48 */
    .cfi_escape 0x10, 10, 2, 0x77, 0x38        /* r10: 56 */
    .cfi_escape 0x10, 11, 3, 0x77, 0xc0, 0     /* r11: 64 */
    .cfi_escape 0x10, 12, 3, 0x77, 0xc8, 0     /* r12: 72 */
    .cfi_escape 0x10, 13, 3, 0x77, 0xd0, 0     /* r13: 80 */
    .cfi_escape 0x10, 14, 3, 0x77, 0xd8, 0     /* r14: 88 */
    .cfi_escape 0x10, 15, 3, 0x77, 0xe0, 0     /* r15: 96 */
    .cfi_escape 0x10, 16, 3, 0x77, 0xa8, 1     /* rip: 168 */
    nop
    .globl padlock_return_from_signal
    .hidden padlock_return_from_signal
    .type padlock_return_from_signal, @function
padlock_return_from_signal:
    mov $15, %rax
    syscall
    .cfi_endproc
    .size padlock_return_from_signal, . - padlock_return_from_signal
    .popsection
)");
