// The signal that the calling thread is about to end the program by: reports that are made until then say so.
#pragma once

#include "report/report.h"

namespace padlock::runtime {

inline constinit thread_local report::EndingSignal ending_signal __attribute__((tls_model("initial-exec")));

}  // namespace padlock::runtime
