// The arguments of a libc function that the program called, as a hook sees them before the call goes on to
// libc (preload/pass_through.h).
#pragma once

#include "arch/passed_call.h"

namespace padlock::runtime {

using arch::PassedCall;

}  // namespace padlock::runtime
