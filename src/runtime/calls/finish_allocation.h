// How a call that allocates ends, well or badly.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "runtime/calls/checks.h"
#include "runtime/calls/trim.h"
#include "runtime/memory/arena.h"

namespace padlock::runtime {

inline constexpr std::size_t kMaxSize = PTRDIFF_MAX;  // bytes that a call may ask for

inline void* out_of_memory() noexcept {
  errno = ENOMEM;
  return nullptr;
}

/// What is left to do when the call is over, with `memory` as its result, and no lock is held.
inline void finish_allocation(const void* memory, const trace::FrameState& from) noexcept {
  if (work_after_allocation.load(std::memory_order_relaxed)) [[unlikely]]
    check_after_allocation(memory, from);
  if (trim_due.load(std::memory_order_relaxed)) [[unlikely]]
    trim_where_due(from);
}

}  // namespace padlock::runtime
