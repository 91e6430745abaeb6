// A forked child that the program never notices: it raises no SIGCHLD and wait() does not see it.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::os {

enum class ChildEnd : std::uint8_t {
  kExited,    // with status 0
  kFailed,    // another status, or a signal
  kTimedOut,  // it was killed
};

/// fork(2) without an exit signal, without fork handlers. Returns the child's id, 0 in the child, -1 on an
/// error. The child has default signal handlers, blocks what others send and dies with the calling thread; it
/// must end by exit_now().
std::int32_t fork_unnoticed() noexcept;

/// In such a child: as many descriptors, memory and processor time as the process may have at most.
void raise_limits() noexcept;

/// Waits for such a child; kills it when the time is up; time while the process or machine is suspended does
/// not count. Always reaps it. Keeps errno.
ChildEnd wait_or_kill(std::int32_t child, int timeout_ms) noexcept;

/// Waits until the child has set `sign`, which is in shared memory, or has ended; false if it has done
/// neither in time. Reaps nothing.
bool wait_for_sign(std::int32_t child, const std::atomic<bool>& sign, int timeout_ms) noexcept;

}  // namespace padlock::os
