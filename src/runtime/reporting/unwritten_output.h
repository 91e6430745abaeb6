// What the program has written to its streams and libc still holds, when a report ends the process.
#pragma once

namespace padlock::runtime {

/// Inside exit(3), before the process is ended in another way: what libc would have written, had it come to
/// that. Returns when it is done or the time is up.
void flush_unwritten_output() noexcept;

}  // namespace padlock::runtime
