// rt_sigaction(2) and rt_sigprocmask(2), with a restorer where the program has none.
#include "os/signal_action.h"

#include <csignal>

#include "arch/signal_return.h"

namespace padlock::os {
namespace {

constexpr std::uint64_t kHasRestorer = 0x04000000;  // SA_RESTORER, which libc's headers do not have

}  // namespace

SignalAction with_restorer(const SignalAction& action) noexcept {
  if (action.restorer != 0) return action;
  return {action.handler, action.flags | kHasRestorer,
          reinterpret_cast<std::uintptr_t>(&padlock_return_from_signal), action.mask};
}

SystemResult change_signal_action(int signal, const SignalAction* action, SignalAction* before) noexcept {
  SignalAction given;
  if (action != nullptr) given = with_restorer(*action);
  return program_call(SYS_rt_sigaction, signal, action != nullptr ? &given : nullptr, before, kSignalSetSize);
}

}  // namespace padlock::os
