// Start-up: options, keys, arenas, and the hooks into the process.
#pragma once

#include "runtime/memory/settings.h"

namespace padlock::runtime {

/// Idempotent, thread-safe, and cheap when done. Runs at the first call of the allocator or as the library's
/// constructor, whichever is first. Calls of the allocator that it causes itself are served by the bootstrap
/// heap.
void initialize() noexcept;

/// The library's constructor: libc is ready for everything now. Warns where Padlock guards nothing, since the
/// process uses another malloc that does not come to Padlock's.
void start(const ProcessAllocator& allocator) noexcept;

}  // namespace padlock::runtime
