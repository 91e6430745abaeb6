// Stack capture: table-driven unwinding with a memo of whole traces in front. docs/DESIGN.md, section 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/thread.h"
#include "trace/depot.h"

namespace padlock::trace {

/// The registers of a frame right after a call into Padlock returned to it.
struct FrameState {
  std::uintptr_t pc = 0;  // return address
  std::uintptr_t sp = 0;  // the canonical frame address of the callee
  std::uintptr_t fp = 0;  // rbp of that frame
};

/// FrameState of the caller of the function that expands it (which gets a frame pointer by that).
#define PADLOCK_CALLER_STATE()                                                             \
  ::padlock::trace::FrameState {                                                           \
    reinterpret_cast<std::uintptr_t>(__builtin_extract_return_addr(__builtin_return_address(0))), \
        reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) + 2 * sizeof(void*),  \
        *static_cast<const std::uintptr_t*>(__builtin_frame_address(0))                    \
  }

enum class UnwindMode : std::uint8_t { kFast, kExact, kNone };

/// One thread's rules and memo. Zero-initialized memory is a valid empty one (the runtime maps it).
/// Not shared between threads; not usable from a signal handler that interrupted its own capture.
class ThreadUnwinder {
 public:
  void set_stack(os::AddressRange stack) noexcept;

  /// The id of the stack that begins at `caller`, at most `depth` frames (<= kMaxDepth).
  TraceId capture(const FrameState& caller, std::size_t depth, UnwindMode mode, Depot& depot) noexcept;

  /// The same without a depot: for reports and tests. Returns the number of frames.
  std::size_t walk(const FrameState& caller, UnwindMode mode, std::span<std::uintptr_t> pcs) noexcept;
};

/// Forgets all rules of all threads: code was unmapped. Thread-safe, async-signal-safe, cheap.
void invalidate_rules() noexcept;

}  // namespace padlock::trace
