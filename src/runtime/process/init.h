// Start-up: options, keys, arenas, and the hooks into the process.
#pragma once

#include "runtime/memory/settings.h"
#include "runtime/threads/calls_up.h"  // IWYU pragma: export: initialize()

namespace padlock::runtime {

/// The library's constructor: libc is ready for everything now. Warns where Padlock guards nothing, since the
/// process uses another malloc that does not come to Padlock's.
void start(const ProcessAllocator& allocator) noexcept;

}  // namespace padlock::runtime
