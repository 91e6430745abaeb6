// A memory barrier on all threads of the process, whose cost the calling thread bears.
#pragma once

namespace padlock::os {

/// Once, while the process has a single thread: the kernel gets ready. Keeps errno.
void prepare_process_barrier() noexcept;

/// When it returns, every thread of the process has passed a full memory barrier since it was called
/// (membarrier(2)). Where the kernel has no such call, it waits for longer than any store is held back.
/// False where the process is confined: nothing was done.
bool process_barrier() noexcept;

}  // namespace padlock::os
