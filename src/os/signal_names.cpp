// Names of the signals that end a process: of those that stand for a trap, and of those that others send.
#include "os/signal_names.h"

#include <algorithm>
#include <csignal>
#include <iterator>

namespace padlock::os {

std::string_view signal_name(std::int32_t signal) noexcept {
  struct Row {
    std::int32_t signal;
    std::string_view name;
  };
  static constexpr Row kSignals[] = {
#define PADLOCK_SIGNAL(name) {name, #name}
      PADLOCK_SIGNAL(SIGABRT),  PADLOCK_SIGNAL(SIGALRM), PADLOCK_SIGNAL(SIGBUS),  PADLOCK_SIGNAL(SIGFPE),
      PADLOCK_SIGNAL(SIGHUP),   PADLOCK_SIGNAL(SIGILL),  PADLOCK_SIGNAL(SIGINT),  PADLOCK_SIGNAL(SIGIO),
      PADLOCK_SIGNAL(SIGPIPE),  PADLOCK_SIGNAL(SIGQUIT), PADLOCK_SIGNAL(SIGSEGV), PADLOCK_SIGNAL(SIGSYS),
      PADLOCK_SIGNAL(SIGTERM),  PADLOCK_SIGNAL(SIGTRAP), PADLOCK_SIGNAL(SIGUSR1), PADLOCK_SIGNAL(SIGUSR2),
      PADLOCK_SIGNAL(SIGVTALRM)
#undef PADLOCK_SIGNAL
  };
  const Row* const row = std::ranges::find(kSignals, signal, &Row::signal);
  return row == std::end(kSignals) ? std::string_view() : row->name;
}

}  // namespace padlock::os
