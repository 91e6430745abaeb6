// The end of a thread, as late as libc lets anyone know of it.
#pragma once

namespace padlock::os {

/// Start-up, once: `at_end` runs at the end of each thread that await_thread_end() was called in, when the
/// destructors of the program's own keys have run as often as they may. False if libc has no key left.
bool watch_thread_ends(void (*at_end)() noexcept) noexcept;

/// For the calling thread. May allocate. Only where threads are watched.
void await_thread_end() noexcept;

}  // namespace padlock::os
