// What a debugger would find: whether one is there, and whether addresses come again.
#pragma once

namespace padlock::os {

/// Whether another process traces this one, as debuggers do. False where /proc does not say and where the
/// process is confined.
bool is_traced() noexcept;

/// Whether the kernel places the program, its libraries and its memory where it would place them in the next
/// run (no address space randomization: setarch -R, a debugger, the whole machine). False where that is not
/// known.
bool addresses_repeat() noexcept;

}  // namespace padlock::os
