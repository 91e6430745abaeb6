// The judge: what libgcc's _Unwind_Backtrace says of the calling thread's stack.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/unwinder.h"

namespace padlock::trace_test {

/// Return addresses from the frame `caller` on, at most kMaxDepth; empty if it is not on the stack.
std::vector<std::uintptr_t> reference_walk(const trace::FrameState& caller);

/// What the probe compared, since reset().
struct Tally {
  int probes = 0;
  int walked_by_rules = 0;  // no hard rule on the way
};

/// Resets the tally and makes the calling thread's unwinder a fresh one for `stack`.
void begin_probing(AddressRange stack);
Tally tally();

/// Captures with the calling thread's unwinder, and judges nothing.
void capture_quietly(const trace::FrameState& caller);

/// A Probe: walks its caller's stack in every way there is and expects the same answer of all.
void probe();

}  // namespace padlock::trace_test
