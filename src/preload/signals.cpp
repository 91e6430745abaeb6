// Signal actions and masks: forwards only.
#include <csignal>

#include "preload/exported.h"
#include "preload/pass_through.h"
#include "runtime/interposed/signal_calls.h"

namespace runtime = padlock::runtime;
using runtime::SignalHandler;

PADLOCK_EXPORT int sigaction(int signal, const struct sigaction* action, struct sigaction* before) noexcept {
  return runtime::sigaction_call(signal, action, before);
}
PADLOCK_EXPORT int __sigaction(int, const struct sigaction*, struct sigaction*) noexcept
    __attribute__((alias("sigaction")));

PADLOCK_EXPORT SignalHandler signal(int signal, SignalHandler handler) noexcept {
  return runtime::signal_call(signal, handler);
}
PADLOCK_EXPORT SignalHandler bsd_signal(int, SignalHandler) noexcept __attribute__((alias("signal")));
PADLOCK_EXPORT SignalHandler ssignal(int, SignalHandler) noexcept __attribute__((alias("signal")));

PADLOCK_EXPORT SignalHandler sysv_signal(int signal, SignalHandler handler) noexcept {
  return runtime::sysv_signal_call(signal, handler);
}
PADLOCK_EXPORT SignalHandler __sysv_signal(int, SignalHandler) noexcept __attribute__((alias("sysv_signal")));

PADLOCK_EXPORT SignalHandler sigset(int signal, SignalHandler handler) noexcept {
  return runtime::sigset_call(signal, handler);
}
PADLOCK_EXPORT int sigignore(int signal) noexcept { return runtime::sigignore_call(signal); }
PADLOCK_EXPORT int siginterrupt(int signal, int interrupt) noexcept {
  return runtime::siginterrupt_call(signal, interrupt);
}

PADLOCK_EXPORT int sigprocmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  return runtime::sigprocmask_call(how, set, before);
}
PADLOCK_EXPORT int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  return runtime::pthread_sigmask_call(how, set, before);
}
PADLOCK_EXPORT int sighold(int signal) noexcept { return runtime::sighold_call(signal); }
PADLOCK_EXPORT int sigrelse(int signal) noexcept { return runtime::sigrelse_call(signal); }
PADLOCK_EXPORT int sigblock(int mask) noexcept { return runtime::bsd_mask_call(SIG_BLOCK, mask); }
PADLOCK_EXPORT int sigsetmask(int mask) noexcept { return runtime::bsd_mask_call(SIG_SETMASK, mask); }
PADLOCK_EXPORT int siggetmask() noexcept { return runtime::bsd_mask_call(SIG_BLOCK, 0); }

PADLOCK_PASS_THROUGH(sigsuspend, runtime::on_call_with_mask<0>)
PADLOCK_PASS_THROUGH(pthread_attr_setsigmask_np, runtime::on_call_with_mask<1>)
PADLOCK_PASS_THROUGH(ppoll, runtime::on_call_with_mask<3>)
PADLOCK_PASS_THROUGH(__ppoll_chk, runtime::on_call_with_mask<3>)
PADLOCK_PASS_THROUGH(epoll_pwait, runtime::on_call_with_mask<4>)
PADLOCK_PASS_THROUGH(epoll_pwait2, runtime::on_call_with_mask<4>)
PADLOCK_PASS_THROUGH(pselect, runtime::on_call_with_mask<5>)
