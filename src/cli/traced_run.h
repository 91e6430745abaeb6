// One run of a program as a child of this process.
#pragma once

#include "cli/run.h"

namespace padlock::cli {

/// How a run is looked at.
enum class Watch { kNot, kTraced };

/// Runs it to its end; its status, as of waitpid(2). Signals of the terminal end the program, not this
/// process. Throws a Refusal where the program cannot be executed, or not be traced.
int run_as_child(const Preparation& prepared, Watch watch);

}  // namespace padlock::cli
