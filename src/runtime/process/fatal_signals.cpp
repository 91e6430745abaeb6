// Which signals these are, and their handler. Not SIGXCPU and SIGXFSZ: little may be left to do then.
#include "runtime/process/fatal_signals.h"

#include <cstdint>
#include <initializer_list>

#include "arch/context.h"
#include "os/signal_action.h"
#include "runtime/process/signal_delivery.h"
#include "runtime/signals/signal_table.h"

namespace padlock::runtime {
namespace {

void on_fatal_signal(int signal, siginfo_t* info, void* context) {
  deliver(signal, info, static_cast<arch::Context*>(context));
}

}  // namespace

void watch_fatal_signals() noexcept {
  for (const int signal : {SIGABRT, SIGILL, SIGFPE, SIGSYS, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE,
                           SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGIO}) {
    signal_table.hide(signal, reinterpret_cast<std::uintptr_t>(&on_fatal_signal));
  }
}

}  // namespace padlock::runtime
