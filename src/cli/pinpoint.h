// `padlock pinpoint`: runs a program until the very instruction that damages its heap has been seen.
#pragma once

#include "cli/run.h"

namespace padlock::cli {

struct PinpointRequest {
  RunRequest run;
  unsigned runs = 5;  // at most, the first one included
};

/// Its exit status: the program's own of its last run, by a signal 128 more than that; the same of a signal
/// that asked the command itself to end; Status::kNotSeenAgain. Throws a Refusal.
int pinpoint(const PinpointRequest& request);

}  // namespace padlock::cli
