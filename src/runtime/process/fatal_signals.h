// Signals whose default action ends the process, among them SIGABRT, by which abort() and failed assertions
// end it: the heap is checked before. Where the program has a handler of its own, or ignores such a signal,
// Padlock has nothing to do with it; only abort() is checked in any case.
#pragma once

namespace padlock::runtime {

/// Start-up; where the program's calls about signals come here (signal_calls.h).
void watch_fatal_signals() noexcept;

}  // namespace padlock::runtime
