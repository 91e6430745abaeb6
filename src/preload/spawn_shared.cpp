// posix_spawn and posix_spawnp: libc carries them out.
#include "preload/pass_through.h"
#include "runtime/process/exec_calls.h"

namespace runtime = padlock::runtime;

PADLOCK_NEXT(posix_spawn)
PADLOCK_NEXT(posix_spawnp)

extern "C" {

[[gnu::visibility("default")]] int posix_spawn(pid_t* child, const char* path,
                                               const posix_spawn_file_actions_t* actions,
                                               const posix_spawnattr_t* attributes, char* const arguments[],
                                               char* const environment[]) {
  return runtime::spawn(PADLOCK_NEXT_OF(posix_spawn), false, child, path, actions, attributes, arguments,
                        environment);
}

[[gnu::visibility("default")]] int posix_spawnp(pid_t* child, const char* file,
                                                const posix_spawn_file_actions_t* actions,
                                                const posix_spawnattr_t* attributes, char* const arguments[],
                                                char* const environment[]) {
  return runtime::spawn(PADLOCK_NEXT_OF(posix_spawnp), true, child, file, actions, attributes, arguments,
                        environment);
}
}
