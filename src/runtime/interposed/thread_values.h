// What pthread_setspecific and tss_set mean to Padlock: destructors may run when the thread ends.
#pragma once

#include "runtime/process/passed_call.h"

namespace padlock::runtime {

/// Before a thread sets a value of its own: from here on the end of the thread is watched. One that allocated
/// for the first time in a destructor would be watched too late: of the rounds that libc has destructors run
/// in, Padlock counts the last by having been there from the first.
void on_thread_value_call(PassedCall& call) noexcept;

}  // namespace padlock::runtime
