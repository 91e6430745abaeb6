// What the code under test finds out once per process, found out before the first input, so that this one
// runs like every other: AFL++ calls a harness unstable whose first run of a process takes other edges.
#pragma once

#include "arch/wide.h"

namespace padlock::fuzz {

/// For `LLVMFuzzerInitialize`.
inline void find_out_once() noexcept { static_cast<void>(arch::wide::width()); }

}  // namespace padlock::fuzz
