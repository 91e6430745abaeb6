// What Padlock does to dlopen and dlmopen: a library that binds to libc's malloc and free would give libc
// what Padlock allocated, and the other way round.
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// void* dlopen(const char* file, int mode): clears RTLD_DEEPBIND, unless the options keep it.
void on_dlopen(PassedCall& call) noexcept;
/// void* dlmopen(Lmid_t namespace, const char* file, int mode): the same in the program's namespace; warns
/// once of others, in which Padlock is not loaded.
void on_dlmopen(PassedCall& call) noexcept;

}  // namespace padlock::runtime
