// Stacks mapped beforehand for what a signal handler has to do and its own stack may be too small for.
#pragma once

namespace padlock::runtime {

/// Start-up: the first one; the others follow where threads report at once. Costs address space and, until it
/// is used, no memory.
void map_report_stacks() noexcept;

/// Calls `function(argument)` on a report stack: on the present one where the calling thread is on one, and
/// else waits for one to be free. Where none could be mapped, on the caller's stack. Keeps errno.
void on_report_stack(void (*function)(void*), void* argument) noexcept;

}  // namespace padlock::runtime
