// Whether code that was entered a second time was interrupted by a signal, or has called itself in a
// roundabout way.
#pragma once

#include "os/thread.h"
#include "trace/frame_state.h"

namespace padlock::trace {

/// Whether the stack from `caller` outwards comes to a signal handler's return before it comes to a frame in
/// `own` code. Where that is empty, or the stack cannot be followed so far, it was a signal: hardly anything
/// else runs code without unwind tables in the middle of Padlock. Slow, a system call a page of stack; no
/// malloc, no lock, nothing of the thread's own unwinder.
bool is_interrupted_by_signal(const FrameState& caller, AddressRange own) noexcept;

}  // namespace padlock::trace
