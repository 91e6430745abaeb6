// One run of a program as a child of this process.
#pragma once

#include <optional>

#include "cli/passed_signals.h"
#include "cli/run.h"

namespace padlock::cli {

/// How a run is looked at.
enum class Watch { kNot, kTraced, kTracedBeyondFree };

struct RunEnd {
  int status = 0;         // as of waitpid(2)
  bool begun = true;      // otherwise a signal came before
  bool requests = false;  // as of Tracer::saw_requests()
  std::optional<int> interrupted =
      {};  // the signal that asks the command to end: there is to be no other run
};

/// Runs it to its end; not at all where a signal came before. Throws a Refusal where the program cannot be
/// traced.
RunEnd run_as_child(const Preparation& prepared, Watch watch, const PassedSignals& signals);

}  // namespace padlock::cli
