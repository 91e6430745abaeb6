// What the kernel does on a signal, asked for without libc.
#pragma once

#include <csignal>
#include <cstdint>

#include "os/system_call.h"

namespace padlock::os {

/// The kernel's own struct sigaction, which is not libc's. All zero is the default action.
struct SignalAction {
  std::uintptr_t handler = 0;
  std::uint64_t flags = 0;  // SA_*
  std::uintptr_t restorer = 0;
  SignalSet mask = 0;
};

/// The action as the kernel has to be given it, and as it shows it: with Padlock's restorer unless it has
/// one.
SignalAction with_restorer(const SignalAction& action) noexcept;

/// sigaction(2), for the program; either pointer may be null. Where `action` has a handler and no restorer,
/// it gets Padlock's. Async-signal-safe, keeps errno.
SystemResult change_signal_action(int signal, const SignalAction* action, SignalAction* before) noexcept;

/// sigprocmask(2) of the calling thread, for the program. `how`: SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK.
inline SystemResult change_signal_mask(int how, SignalSet set, SignalSet* before = nullptr) noexcept {
  return program_call(SYS_rt_sigprocmask, how, &set, before, kSignalSetSize);
}

}  // namespace padlock::os
