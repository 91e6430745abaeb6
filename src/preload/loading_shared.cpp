// dlopen and dlmopen, in the shared library only: libc carries them out, and to it the program is the caller.
#include "preload/pass_through.h"
#include "runtime/interposed/module_loading.h"

PADLOCK_PASS_THROUGH(dlopen, padlock::runtime::on_dlopen)
PADLOCK_PASS_THROUGH(dlmopen, padlock::runtime::on_dlmopen)
