// Giving memory back to the system: on malloc_trim, and when much has been idle for long.
#pragma once

#include "trace/unwinder.h"

namespace padlock::runtime {

/// malloc_trim: empties all threads' caches and merges all that is idle. False: nothing goes back.
bool trim(const trace::FrameState& from) noexcept;

/// Before all pages are locked in memory: the same, and what was never allocated at the ends of segments goes
/// back. Nothing is done where the world can't be stopped.
void shed_reserve(const trace::FrameState& from) noexcept;

/// Trims the arenas that have merged what was idle (`trim_due`): what caches hold keeps most of it from going
/// back. Not inside an Entry.
void trim_where_due(const trace::FrameState& from) noexcept;

/// A thread has ended, its cache is empty and no thread may ever come to its arena again: all of them are
/// trimmed when many threads have ended since the last time, compared with those that are left. Not inside an
/// Entry.
void trim_after_thread_end(const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
