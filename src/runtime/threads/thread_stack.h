// Where the calling thread's stack lies.
#pragma once

#include "os/thread.h"

namespace padlock::runtime {

/// Takes no lock and does not allocate (pthread_getattr_np does both, and a thread's first call to malloc may
/// come from inside it). An empty range if it is not known.
AddressRange current_stack() noexcept;

}  // namespace padlock::runtime
