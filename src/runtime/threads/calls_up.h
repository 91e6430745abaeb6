// The only calls that go up: what process/ does for the rooms below it, which declare it here and know
// nothing else of process/.
#pragma once

namespace padlock::runtime {

/// Reads the options and sets everything up; process/init.cpp. Idempotent, thread-safe, and cheap when done.
/// Runs at the first call of the allocator or as the library's constructor, whichever is first. Calls of the
/// allocator that it causes itself are served by the bootstrap heap.
void initialize() noexcept;

/// In a process that began without fork handlers, once: gives up what was locked, and goes on with the rest;
/// process/survivor.cpp.
void recognize_new_process_now() noexcept;

}  // namespace padlock::runtime
