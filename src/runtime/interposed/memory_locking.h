// What mlockall and munlockall mean to Padlock: memory that it keeps ready would be brought in and locked.
#pragma once

#include "runtime/process/passed_call.h"
#include "trace/frame_state.h"

namespace padlock::runtime {

/// mlockall, carried out by libc's function, `next`: before that, reserves that would be locked go back to
/// the system; from then on Padlock maps no more than is needed, where later pages are locked too.
int lock_all_memory(int flags, int (*next)(int), const trace::FrameState& from) noexcept;

/// munlockall.
void on_munlockall_call(PassedCall& call) noexcept;

}  // namespace padlock::runtime
