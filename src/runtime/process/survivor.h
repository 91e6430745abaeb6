// A forked child goes on with the one thread that it has: after fork(2), whose handlers have run, and after a
// raw clone(2), which calls_up.h's recognize_new_process_now() deals with.
#pragma once

namespace padlock::runtime {

/// After fork(2) in the child: the handlers have run, and nothing else is left to be done.
void note_new_process() noexcept;

}  // namespace padlock::runtime
