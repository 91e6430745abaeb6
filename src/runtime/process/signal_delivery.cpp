// Delivering a signal. On the stack that the program's action chose, which may be small: next to nothing is
// put there.
#include "runtime/process/signal_delivery.h"

#include "os/raw_io.h"
#include "os/signal_action.h"
#include "os/thread.h"
#include "runtime/process/last_check.h"
#include "runtime/reporting/reporter.h"
#include "runtime/signals/signal_masks.h"
#include "runtime/signals/signal_table.h"

namespace padlock::runtime {
namespace {

using os::SignalSet;

// The kernel's mask in a arch::Context; libc's type for it is longer.
SignalSet& mask_of(arch::Context& context) noexcept {
  return reinterpret_cast<SignalSet&>(context.uc_sigmask);
}

constexpr SignalSet kByInstructions = os::set_of(SIGSEGV) | os::set_of(SIGBUS) | os::set_of(SIGTRAP) |
                                      os::set_of(SIGILL) | os::set_of(SIGFPE) | os::set_of(SIGSYS);

// By an instruction of this thread, and not by a process that sent it, which the kernel does too: a terminal
// SIGINT, a timer SIGALRM.
bool is_by_fault(int signal, const siginfo_t& info) noexcept {
  return info.si_code > 0 && (os::set_of(signal) & kByInstructions) != 0;
}

// Once the handler has returned to the instruction. The others return behind it.
bool comes_again(int signal, const siginfo_t& info) noexcept {
  return is_by_fault(signal, info) && signal != SIGTRAP && signal != SIGSYS;
}

void send_again(int signal, const siginfo_t& info, bool to_thread) noexcept {
  if (to_thread) {
    os::program_call(SYS_rt_tgsigqueueinfo, os::process_id(), os::thread_id(), signal, &info);
  } else {
    os::program_call(SYS_rt_sigqueueinfo, os::process_id(), signal, &info);
  }
}

// Sent to a program that has the signal blocked: from here on the kernel blocks it too, so that it is
// pending.
void postpone(int signal, const siginfo_t& info, arch::Context& context) noexcept {
  os::change_signal_mask(SIG_BLOCK, os::set_of(signal));  // not to come again before the handler has returned
  mask_of(context) |= os::set_of(signal);
  send_again(signal, info, info.si_code == SI_TKILL);
}

void run_handler(const os::SignalAction& action, int signal, siginfo_t* info, arch::Context* context) {
  SignalSet& mask = mask_of(*context);
  const SignalSet interrupted = mask_for_program(mask);
  const SignalSet itself = (action.flags & SA_NODEFER) != 0 ? 0 : os::set_of(signal);
  const SignalSet former = remember_traps(interrupted | action.mask | itself);
  mask = interrupted;
  reinterpret_cast<void (*)(int, siginfo_t*, void*)>(action.handler)(signal, info, context);
  // The handler may have changed what it returns to.
  const SignalSet wanted = mask;
  mask = mask_for_kernel(wanted);
  remember_traps(concerns_traps(wanted) ? wanted : former);
}

report::EndingSignal ending_by(int signal, const siginfo_t& info, const arch::Context& context) noexcept {
  using Access = report::EndingSignal::Access;
  report::EndingSignal ending{.signal = signal};
  if (!is_by_access(info)) return ending;
  ending.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  ending.access = arch::is_write_fault(context) ? Access::kWrite : Access::kRead;
  if (arch::instruction_of(context) == ending.address) ending.access = Access::kJump;
  return ending;
}

void die(int signal, const siginfo_t& info, arch::Context& context) noexcept {
  make_last_check(context, ending_by(signal, info, context));
  take_default_action(signal, info, context);
}

// abort(), and what calls it.
bool is_abort(int signal, const siginfo_t& info) noexcept {
  return signal == SIGABRT && info.si_code == SI_TKILL && info.si_pid == os::process_id();
}

bool is_blocked(int signal, arch::Context& context) noexcept {
  const SignalSet itself = os::set_of(signal);
  return (itself & kTraps) != 0 && (mask_for_program(mask_of(context)) & itself) != 0;
}

}  // namespace

bool is_by_access(const siginfo_t& info) noexcept {
  return (info.si_signo == SIGSEGV || info.si_signo == SIGBUS) &&
         (info.si_code == SEGV_ACCERR || info.si_code == SEGV_MAPERR);
}

// Another thread's report is finished first. A fault comes again by itself: at the instruction that made it,
// where a core dump shall show it. Anything else has to be sent again, and waits until the handler has
// returned.
void take_default_action(int signal, const siginfo_t& info, arch::Context& context) noexcept {
  reporter.wait_until_finished();
  const os::SignalAction default_action;
  // Where a filter of system calls refuses, the fault would come again for good, and a signal do nothing.
  if (!os::change_signal_action(signal, &default_action, nullptr).ok()) os::exit_now(128 + signal);
  mask_of(context) &= ~os::set_of(signal);
  if (comes_again(signal, info)) return;
  os::change_signal_mask(SIG_BLOCK, os::set_of(signal));
  send_again(signal, info, true);
}

void deliver(int signal, siginfo_t* info, arch::Context* context) {
  if (is_blocked(signal, *context)) {
    return is_by_fault(signal, *info) ? die(signal, *info, *context) : postpone(signal, *info, *context);
  }
  const os::SignalAction action = signal_table.take(signal);
  const auto handler = reinterpret_cast<void (*)(int)>(action.handler);
  if (handler == SIG_IGN && !is_by_fault(signal, *info)) return;
  if (handler == SIG_DFL || handler == SIG_IGN) return die(signal, *info, *context);
  if (is_abort(signal, *info)) make_last_check(*context, {.signal = signal, .handled = true});
  run_handler(action, signal, info, context);
}

}  // namespace padlock::runtime
