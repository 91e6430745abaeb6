// fork, trace, exec.
#include "cli/traced_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "cli/passed_signals.h"
#include "cli/refusal.h"
#include "cli/tracer.h"

namespace padlock::cli {
namespace {

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

RunEnd run_as_child(const Preparation& prepared, Watch watch, const PassedSignals& signals) {
  int gate[2] = {-1, -1};
  if (pipe2(gate, O_CLOEXEC) != 0) throw Refusal(Status::kCannotTrace, "there is no pipe to be had");
  std::fflush(nullptr);
  const PassedSignals::Held held;
  if (const std::optional<int> signal = PassedSignals::last_word())
    return {.status = *signal, .begun = false, .interrupted = signal};
  const pid_t child = fork();
  if (child == 0) {
    close(gate[1]);
    signals.restore();
    held.release();
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // the end of the command is the end of the program
    become(prepared, gate[0]);
  }
  if (child > 0) PassedSignals::pass_to(child);
  held.release();
  close(gate[0]);
  Tracer tracer(watch == Watch::kTracedBeyondFree);
  const bool ready = child > 0 && (watch == Watch::kNot || tracer.seize(child));
  const std::string why = std::strerror(errno);
  if (ready) (void)!write(gate[1], "", 1);
  close(gate[1]);
  if (!ready) {
    if (child > 0) wait_for(child);
    throw Refusal(
        Status::kCannotTrace,
        fmt::format(
            "the program cannot be traced: {} (ptrace(2) is for one tracer at a time: no debugger, no "
            "strace; and some systems and containers refuse it)",
            why));
  }
  const int status = watch == Watch::kNot ? wait_for(child) : tracer.run();
  PassedSignals::pass_to(0);
  const std::optional<int> last_word = PassedSignals::last_word();
  return {.status = status,
          .requests = tracer.saw_requests(),
          .interrupted = last_word ? last_word : PassedSignals::that_ended(status)};
}

}  // namespace padlock::cli
