// The exec family and posix_spawn: what is done before the program is replaced, or another one started.
#pragma once

#include "os/spawn.h"
#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// Hooks of the functions of these names: the last check, a warning where the new program gains privileges,
/// and signals as the program set them. A program that cannot load Padlock is executed here, without
/// Padlock in LD_PRELOAD. Async-signal-safe; usable between vfork and exec.
void on_execve(PassedCall& call) noexcept;
void on_execv(PassedCall& call) noexcept;
void on_execvp(PassedCall& call) noexcept;
void on_execvpe(PassedCall& call) noexcept;
void on_execl(PassedCall& call) noexcept;
void on_execlp(PassedCall& call) noexcept;
void on_execle(PassedCall& call) noexcept;

/// posix_spawn, or posix_spawnp (`search`): carried out by libc's function, `next`.
int spawn(os::PosixSpawn* next, bool search, pid_t* child, const char* file,
          const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
          char* const* arguments, char* const* environment);

}  // namespace padlock::runtime
