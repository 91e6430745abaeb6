// fork, trace, exec.
#include "cli/traced_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "cli/refusal.h"
#include "cli/tracer.h"

namespace padlock::cli {
namespace {

volatile std::sig_atomic_t has_come = 0;

void note_signal(int /*signal*/) { has_come = 1; }

// The terminal sends these to the program as well: here they are noted. One that is ignored stays so.
class SignalsNoted {
 public:
  SignalsNoted() noexcept {
    has_come = 0;
    for (std::size_t i = 0; i != kSignals.size(); ++i) {
      former_[i] = std::signal(kSignals[i], note_signal);
      if (former_[i] == SIG_IGN) std::signal(kSignals[i], SIG_IGN);
    }
  }
  ~SignalsNoted() { restore(); }
  SignalsNoted(const SignalsNoted&) = delete;
  SignalsNoted& operator=(const SignalsNoted&) = delete;

  /// Whether one has come, and ended the program, by itself or as shells and scripts say it.
  static bool have_ended(int status) noexcept {
    constexpr int kBySignal = 128;
    const int by = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - kBySignal;
    return has_come != 0 && (by == SIGINT || by == SIGQUIT);
  }

  void restore() const noexcept {
    for (std::size_t i = 0; i != kSignals.size(); ++i) std::signal(kSignals[i], former_[i]);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGQUIT};
  std::array<void (*)(int), kSignals.size()> former_ = {};
};

// Waits until the parent is ready, by the end of what it holds of the pipe.
[[noreturn]] void become(const Preparation& prepared, int gate) {
  char byte = 0;
  const bool goes = read(gate, &byte, 1) == 1;
  close(gate);
  if (!goes) _exit(0);
  try {
    execute(prepared);
  } catch (const Refusal& refusal) {
    fmt::print(stderr, "padlock: {}\n", refusal.what());
    _exit(static_cast<int>(refusal.status()));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

RunEnd run_as_child(const Preparation& prepared, Watch watch) {
  int gate[2] = {-1, -1};
  if (pipe2(gate, O_CLOEXEC) != 0) throw Refusal(Status::kCannotTrace, "there is no pipe to be had");
  const SignalsNoted quiet;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(gate[1]);
    quiet.restore();
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // the end of the command is the end of the program
    become(prepared, gate[0]);
  }
  close(gate[0]);
  Tracer tracer;
  const bool ready = child > 0 && (watch == Watch::kNot || tracer.seize(child));
  const std::string why = std::strerror(errno);
  if (ready) (void)!write(gate[1], "", 1);
  close(gate[1]);
  if (!ready) {
    if (child > 0) wait_for(child);
    throw Refusal(Status::kCannotTrace, fmt::format("the program cannot be traced: {}", why));
  }
  const int status = watch == Watch::kNot ? wait_for(child) : tracer.run();
  return {status, SignalsNoted::have_ended(status)};
}

}  // namespace padlock::cli
