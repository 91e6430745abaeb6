// The code that a signal handler returns to.
#pragma once

/// rt_sigreturn(2), with the stack pointer at the handler's ucontext_t. Debuggers know it by its bytes,
/// unwinders by its frame description. Only the kernel goes there.
extern "C" [[gnu::visibility("hidden")]] void padlock_return_from_signal();
