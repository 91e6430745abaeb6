// The unnoticed child, by a bare clone(2).
//
// A child without an exit signal is invisible to wait() and waitpid() unless they are asked for clone
// children, and no SIGCHLD is raised. A bare clone also leaves libc's record of the thread id as it was, so
// a loader lock that this very thread holds can be taken again in the child.
#include "os/child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os/clock.h"
#include "os/signal_action.h"
#include "os/signals_blocked.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr int kSignals = 64;
constexpr std::int64_t kPollMs = 1;
constexpr std::int64_t kMostPerPoll = 100;  // what took longer was a machine or a process that stood still

// The program's handlers would run on its state; a crash in the child must end the child. What is sent to a
// whole group of processes (the terminal's ^C) is for the program alone.
void reset_signals() noexcept {
  const SignalAction default_action;
  for (int signal = 1; signal <= kSignals; ++signal) {
    change_signal_action(signal, &default_action, nullptr);
  }
  change_signal_mask(SIG_SETMASK, kSentSignals);
}

// Whether the child is gone; `status` is as of wait(2), or an error when the program reaped it.
bool reap(std::int32_t child, int options, int& status) noexcept {
  SystemResult got(0);
  do {
    got = system_call(SYS_wait4, child, &status, options | __WALL, nullptr);
  } while (got.error() == EINTR);
  if (!got.ok()) status = -1;
  return got.value() != 0;
}

bool has_ended(std::int32_t child) noexcept {
  siginfo_t info = {};
  const SystemResult got =
      system_call(SYS_waitid, P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, nullptr);
  return !got.ok() || info.si_pid != 0;
}

// Asks until `done()`; false when the time is up, not counting time while the process or machine is
// suspended.
template <typename Done>
bool poll(Done done, int timeout_ms) noexcept {
  std::int64_t before = monotonic_ms();
  std::int64_t waited = 0;
  while (!done()) {
    if (waited >= timeout_ms) return false;
    sleep_ms(kPollMs);
    const std::int64_t now = monotonic_ms();
    waited += std::min(now - before, kMostPerPoll);
    before = now;
  }
  return true;
}

}  // namespace

std::int32_t fork_unnoticed() noexcept {
  SignalSet before = 0;
  change_signal_mask(SIG_SETMASK, ~SignalSet{0}, &before);  // no handler runs in the child
  const SystemResult child = system_call(SYS_clone, 0, nullptr, nullptr, nullptr, 0);
  if (child.ok() && child.value() == 0) {
    reset_signals();
    system_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return 0;
  }
  change_signal_mask(SIG_SETMASK, before);
  return static_cast<std::int32_t>(child.value_or(-1));
}

void raise_limits() noexcept {
  for (const int resource : {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CPU}) {
    rlimit limit{};
    if (!system_call(SYS_prlimit64, 0, resource, nullptr, &limit).ok()) continue;
    limit.rlim_cur = limit.rlim_max;
    system_call(SYS_prlimit64, 0, resource, &limit, nullptr);
  }
}

bool wait_for_sign(std::int32_t child, const std::atomic<bool>& sign, int timeout_ms) noexcept {
  return poll([&] { return sign.load(std::memory_order_acquire) || has_ended(child); }, timeout_ms);
}

ChildEnd wait_or_kill(std::int32_t child, int timeout_ms) noexcept {
  int status = 0;
  if (!poll([&] { return reap(child, WNOHANG, status); }, timeout_ms)) {
    system_call(SYS_kill, child, SIGKILL);
    reap(child, 0, status);
    return ChildEnd::kTimedOut;
  }
  return status == 0 ? ChildEnd::kExited : ChildEnd::kFailed;
}

}  // namespace padlock::os
