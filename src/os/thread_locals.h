// Where thread-local variables lie: those of the modules that the process was started with. Those of modules
// that were opened later lie in blocks of the heap, mostly.
#pragma once

#include <cstdint>

#include "base/range.h"

namespace padlock::os {

/// Start-up, when the loader has mapped these modules: how many bytes they take in each thread.
void measure_thread_locals() noexcept;

/// Those that end at a thread's descriptor; empty before they are measured.
AddressRange thread_locals_before(std::uintptr_t descriptor) noexcept;
/// The calling thread's.
AddressRange own_thread_locals() noexcept;

}  // namespace padlock::os
