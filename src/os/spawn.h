// The types of posix_spawn(3).
#pragma once

#include <spawn.h>

namespace padlock::os {

/// posix_spawn and posix_spawnp.
using PosixSpawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                       char* const*, char* const*);

}  // namespace padlock::os
