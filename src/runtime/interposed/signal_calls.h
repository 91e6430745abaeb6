// libc's functions that set signal actions and masks, as Padlock carries them out for the program: with
// libc's results, by the table and the masks that keep the traps Padlock's.
#pragma once

#include "os/signal_action.h"
#include "runtime/process/passed_call.h"

namespace padlock::runtime {

using SignalHandler = void (*)(int);

int sigaction_call(int signal, const struct sigaction* action, struct sigaction* before) noexcept;
SignalHandler signal_call(int signal, SignalHandler handler) noexcept;
SignalHandler sysv_signal_call(int signal, SignalHandler handler) noexcept;
SignalHandler sigset_call(int signal, SignalHandler handler) noexcept;
int sigignore_call(int signal) noexcept;
int siginterrupt_call(int signal, int interrupt) noexcept;

int sigprocmask_call(int how, const sigset_t* set, sigset_t* before) noexcept;
/// Returns an error number instead of setting errno.
int pthread_sigmask_call(int how, const sigset_t* set, sigset_t* before) noexcept;
int sighold_call(int signal) noexcept;
int sigrelse_call(int signal) noexcept;
/// BSD's, of the first 32 signals; `how` as of sigprocmask. Returns the mask before.
int bsd_mask_call(int how, int mask) noexcept;

/// Before a call whose argument of this number (from 0) points to a mask, to wait or to start a thread with:
/// libc gets one that leaves the traps unblocked. A null pointer stays.
template <unsigned Argument>
void on_call_with_mask(PassedCall& call) noexcept;

}  // namespace padlock::runtime
