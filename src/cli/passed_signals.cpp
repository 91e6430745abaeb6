// Handlers that note and pass on. Calls that wait are interrupted by them.
#include "cli/passed_signals.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace padlock::cli {
namespace {

constexpr int kNone = -1;
volatile std::sig_atomic_t program = kNone;  // a pidfd: its number may be another's once it has ended
volatile std::sig_atomic_t has_come = 0;
volatile std::sig_atomic_t ending = 0;  // the signal

void on_signal(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  const bool by_process = info->si_code <= 0;  // not the terminal
  // The other two a program may have a use of its own for.
  const bool is_last_word = signal == SIGTERM || signal == SIGHUP || program == kNone;
  has_come = 1;
  if (is_last_word) ending = signal;
  if (by_process && program != kNone) syscall(SYS_pidfd_send_signal, program, signal, nullptr, 0);
  errno = error;
}

}  // namespace

PassedSignals::PassedSignals() {
  has_come = 0;
  ending = 0;
  for (std::size_t i = 0; i != kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &former_[i]);
    if (former_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action = {};
    sigemptyset(&action.sa_mask);
    if (kSignals[i] == SIGPIPE) {
      action.sa_handler = SIG_IGN;
    } else {
      action.sa_sigaction = on_signal;
      action.sa_flags = SA_SIGINFO;
    }
    sigaction(kSignals[i], &action, nullptr);
  }
}

void PassedSignals::restore() const noexcept {
  for (std::size_t i = 0; i != kSignals.size(); ++i) sigaction(kSignals[i], &former_[i], nullptr);
}

PassedSignals::Held::Held() noexcept {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : kSignals) sigaddset(&held, signal);
  sigprocmask(SIG_BLOCK, &held, &before_);
}

void PassedSignals::Held::release() const noexcept { sigprocmask(SIG_SETMASK, &before_, nullptr); }

void PassedSignals::pass_to(pid_t to) noexcept {
  const int former = program;
  program = to == 0 ? kNone : static_cast<int>(syscall(SYS_pidfd_open, to, 0));
  if (to != 0) has_come = 0;
  if (former != kNone) close(former);
}

std::optional<int> PassedSignals::last_word() noexcept {
  return ending == 0 ? std::nullopt : std::optional<int>(ending);
}

std::optional<int> PassedSignals::that_ended(int status) noexcept {
  constexpr int kBySignal = 128;
  const int by = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - kBySignal;
  const bool ended = has_come != 0 && (by == SIGINT || by == SIGQUIT);
  return ended ? std::optional<int>(by) : std::nullopt;
}

}  // namespace padlock::cli
