// A thread's state: made at its first call, kept until it ends (process/thread_end.h).
#pragma once

#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime {

/// Once, at start-up: has each thread that has a state call `at_end` when it ends, after the destructors of
/// its own thread-specific data. False if the system has no thread key left (states of ended threads are then
/// lost, not reused).
bool watch_thread_ends(void (*at_end)() noexcept) noexcept;

/// In a forked child, whose only thread is the caller: it is another thread from now on.
void begin_thread_anew() noexcept;

/// From now on stacks can be walked, wherever they could not before: a static executable allocates before its
/// unwind tables can be looked up.
void allow_traces() noexcept;

/// The calling thread's state, made at its first call. A thread that has departed borrows one: `borrowed` is
/// set and return_state() has to follow. Null if the system has no memory.
ThreadState* obtain_state(bool& borrowed) noexcept;
void return_state(ThreadState* state) noexcept;

}  // namespace padlock::runtime
