// The end of the process by exit(3): a last check of the heap, after all of the program's exit handlers and
// destructors. Only libc's own flush of stdio comes later. The status is `exitcode` where a fault was reported
// and the process went on.
#pragma once

namespace padlock::runtime {

/// Start-up: registers the hook.
void watch_exit() noexcept;

/// Inside exit(3), before the process is ended in another way: what libc would have written, had it come to
/// that. Returns when it is done or the time is up.
void flush_unwritten_output() noexcept;

}  // namespace padlock::runtime
