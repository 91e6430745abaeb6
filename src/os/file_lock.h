// Locks between processes that write to the same file. None waits.
#pragma once

#include <cstdint>

namespace padlock::os {

enum class FileLock : std::uint8_t {
  kTaken,
  kBusy,         // another process holds it
  kUnsupported,  // the file has no locks
};

/// For a descriptor that the caller has opened itself. Async-signal-safe.
FileLock try_lock_file(int fd) noexcept;
/// To be called before the descriptor is closed: a child that was forked in the meantime has it too.
void unlock_file(int fd) noexcept;

/// For a descriptor that may be shared with other processes (a standard stream). A lock of the process on one
/// byte far behind what any file holds, which interferes with no lock of the program's.
FileLock try_lock_stream(int fd) noexcept;
void unlock_stream(int fd) noexcept;

}  // namespace padlock::os
