// Telling the process that traces this one something.
#pragma once

#include "base/watch_message.h"

namespace padlock::os {

/// Stops the calling thread until the tracer has read `message` and has acted on it. Without a tracer that
/// expects it the program would get a SIGTRAP: only where the options say that there is one. False where
/// nothing could be sent.
bool tell_tracer(const WatchMessage& message) noexcept;

}  // namespace padlock::os
