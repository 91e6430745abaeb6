// Which signals the program has blocked, and which the kernel has. Both masks are the same but for the traps:
// a fault in a thread that blocks its signal ends the process without any handler, so the kernel never blocks
// them. What the program wants stands in the kernel's mask all the same, where longjmp, signal returns and
// thread starts find it: a signal that nothing uses, SIGSTKFLT, is blocked in place of all traps, and which
// of them it stands for is kept beside it, thread by thread.
#pragma once

#include "os/signal_action.h"

namespace padlock::runtime {

inline constexpr os::SignalSet kTraps = os::set_of(SIGSEGV) | os::set_of(SIGBUS) | os::set_of(SIGTRAP);

/// Start-up: from here on the traps are kept unblocked. Before, and where it is never called, masks are what
/// the program says.
void guard_signal_masks() noexcept;

/// On a new thread: it may have inherited a mask that did not pass through here.
void adopt_signal_mask() noexcept;

/// What the kernel is given where the program gives `mask`.
os::SignalSet mask_for_kernel(os::SignalSet mask) noexcept;
/// What of a mask the kernel does not show: the traps, and the stand-in.
os::SignalSet hidden_part(os::SignalSet mask) noexcept;
/// What the program sees where the kernel has `mask` for the calling thread, or, where `hidden` is what the
/// kernel does not show of it, for an action.
os::SignalSet mask_for_program(os::SignalSet mask) noexcept;
os::SignalSet mask_for_program(os::SignalSet mask, os::SignalSet hidden) noexcept;
/// From here on, the calling thread's mask in the kernel stands for the traps in `mask`. Returns which it
/// stood for; 0: not known.
os::SignalSet remember_traps(os::SignalSet mask) noexcept;

/// Whether `mask` is another for the kernel than for the program.
bool concerns_traps(os::SignalSet mask) noexcept;

/// sigprocmask(2) as the program means it; a null `set` only asks. Returns an error number. In a child that
/// shares its parent's memory, `set` goes to the kernel as it is. Async-signal-safe.
int change_program_mask(int how, const os::SignalSet* set, os::SignalSet* before) noexcept;

/// Gives the kernel the mask that the program sees, for the program that is executed next.
void prepare_mask_for_exec() noexcept;

}  // namespace padlock::runtime
