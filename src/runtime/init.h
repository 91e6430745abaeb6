// Start-up: options, keys, arenas, and the hooks into the process.
#pragma once

namespace padlock::runtime {

/// Idempotent, thread-safe, and cheap when done. Runs at the first call of the allocator or as the library's
/// constructor, whichever is first. Calls of the allocator that it causes itself are served by the bootstrap
/// heap.
void initialize() noexcept;

/// The library's constructor: libc is ready for everything now.
void start() noexcept;

}  // namespace padlock::runtime
