// A process that began without fork handlers: the child of a raw clone(2) or a _Fork, and of a fork in a
// signal handler that interrupted the allocator. The parent's other threads are gone, in the middle of what
// they did: their locks stay taken, what they guard may be half changed, and a gate may be closed for good.
#pragma once

#include "os/fork_mark.h"
#include "runtime/threads/calls_up.h"

namespace padlock::runtime {

/// To be called by a thread that is outside, before it waits for anything; takes a look at memory.
inline void recognize_new_process() noexcept {
  if (os::fork_mark.is_gone()) [[unlikely]]
    recognize_new_process_now();
}

/// Blocks may have been lost with a lock: a pointer that no holder knows need not be the program's fault.
[[nodiscard]] bool has_lost_blocks() noexcept;
void note_lost_blocks() noexcept;

}  // namespace padlock::runtime
