// posix_spawn and posix_spawnp: libc carries them out.
#include "preload/pass_through.h"
#include "runtime/process/exec_target.h"

PADLOCK_PASS_THROUGH(posix_spawn, padlock::runtime::on_spawn)
PADLOCK_PASS_THROUGH(posix_spawnp, padlock::runtime::on_spawn_by_name)
