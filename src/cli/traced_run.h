// One run of a program as a child of this process.
#pragma once

#include "cli/run.h"

namespace padlock::cli {

/// How a run is looked at.
enum class Watch { kNot, kTraced };

struct RunEnd {
  int status = 0;            // as of waitpid(2)
  bool interrupted = false;  // the terminal's SIGINT or SIGQUIT came, and the program has ended by it
};

/// Runs it to its end. Signals of the terminal end the program, not this process. Throws a Refusal where the
/// program cannot be executed, or not be traced.
RunEnd run_as_child(const Preparation& prepared, Watch watch);

}  // namespace padlock::cli
