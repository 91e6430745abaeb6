// A call site by a name that is the same in the next run: whatever the addresses.
#pragma once

#include <cstdint>

#include "trace/depot.h"

namespace padlock::runtime {

/// A hash of the whole stack: of each frame the module, by its build id or its file's name, and where in it
/// the return address lies. Never 0; 0 for a stack that was not recorded. Takes no lock.
std::uint64_t call_site_of(trace::TraceId trace) noexcept;

}  // namespace padlock::runtime
