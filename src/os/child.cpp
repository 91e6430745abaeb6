// The unnoticed child, by a bare clone(2).
//
// A child without an exit signal is invisible to wait() and waitpid() unless they are asked for clone
// children, and no SIGCHLD is raised. A bare clone also leaves libc's record of the thread id as it was, so
// a loader lock that this very thread holds can be taken again in the child.
#include "os/child.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>

#include "os/clock.h"
#include "os/errno_keeper.h"

namespace padlock::os {
namespace {

constexpr std::size_t kSignalSetSize = 8;
constexpr int kSignals = 64;
constexpr std::int64_t kPollMs = 1;
constexpr std::int64_t kMostPerPoll = 100;  // what took longer was a machine or a process that stood still

// The program's handlers would run on its state; a crash in the child must end the child.
void reset_signals() noexcept {
  constexpr std::uint64_t kDefaultAction[4] = {};
  constexpr std::uint64_t kNone = 0;
  for (int signal = 1; signal <= kSignals; ++signal) {
    syscall(SYS_rt_sigaction, signal, kDefaultAction, nullptr, kSignalSetSize);
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNone, nullptr, kSignalSetSize);
}

// Whether the child is gone; `status` is as of wait(2), or an error when somebody else reaped it.
bool reap(std::int32_t child, int options, int& status) noexcept {
  long got = 0;
  do {
    got = syscall(SYS_wait4, child, &status, options | __WALL, nullptr);
  } while (got < 0 && errno == EINTR);
  if (got < 0) status = -1;
  return got != 0;
}

}  // namespace

std::int32_t fork_unnoticed() noexcept {
  const ErrnoKeeper keeper;
  const std::uint64_t all = ~std::uint64_t{0};
  std::uint64_t before = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, kSignalSetSize);  // no handler runs in the child
  const long child = syscall(SYS_clone, 0, nullptr, nullptr, nullptr, 0);
  if (child == 0) {
    reset_signals();
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return 0;
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, kSignalSetSize);
  return child < 0 ? -1 : static_cast<std::int32_t>(child);
}

ChildEnd wait_or_kill(std::int32_t child, int timeout_ms) noexcept {
  const ErrnoKeeper keeper;
  std::int64_t before = monotonic_ms();
  std::int64_t waited = 0;
  int status = 0;
  while (!reap(child, WNOHANG, status)) {
    if (waited >= timeout_ms) {
      syscall(SYS_kill, child, SIGKILL);
      reap(child, 0, status);
      return ChildEnd::kTimedOut;
    }
    sleep_ms(kPollMs);
    const std::int64_t now = monotonic_ms();
    waited += std::min(now - before, kMostPerPoll);
    before = now;
  }
  return status == 0 ? ChildEnd::kExited : ChildEnd::kFailed;
}

}  // namespace padlock::os
