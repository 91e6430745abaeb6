// Programs that this one is about to execute and in which the loader will not load Padlock.
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// Warns that nothing will be guarded in the file that is executed, where it gains privileges by that:
/// set-user-ID, set-group-ID, file capabilities. `search`: a name without a slash is looked up along PATH, as
/// execvp(3) does. Async-signal-safe; usable between vfork and exec. Changes errno.
void warn_of_exec_target(const char* file, bool search) noexcept;

/// posix_spawn and posix_spawnp.
void on_spawn(PassedCall& call) noexcept;
void on_spawn_by_name(PassedCall& call) noexcept;

}  // namespace padlock::runtime
