// How a call that allocates ends, well or badly.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "os/errno_keeper.h"
#include "runtime/calls/checks.h"
#include "runtime/calls/trim.h"
#include "runtime/memory/arena.h"

namespace padlock::runtime {

// Bytes that a call may ask for: more than any address space has, and less than what Padlock keeps in memory
// that holds nothing, read as a number (core::Poison).
inline constexpr std::size_t kMaxSize = PTRDIFF_MAX / 2;

inline void* out_of_memory() noexcept {
  os::set_errno(ENOMEM);
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
