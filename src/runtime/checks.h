// Checks of the whole heap: on request, every so many allocations, on a signal, at exit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/fault.h"
#include "runtime/settings.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// Verifies every block of the process; reports what is new. Returns how many faults there are, known ones
/// included. While other threads run, they wait at their next allocation at the most for the check of one
/// arena.
std::size_t check_heap(core::Moment moment, const trace::FrameState& from) noexcept;

/// Called for each allocation where check_interval is set.
void count_for_check(const trace::FrameState& from) noexcept;

/// The number of the latest allocation when the last whole check began; 0: there was none.
std::uint64_t last_check_number() noexcept;

/// Start-up: SIGUSR2, if the options say so.
void watch_check_signal() noexcept;

/// A check was asked for by a signal that came while this or another thread was inside the allocator.
extern std::atomic<bool> check_wanted;
void check_as_wanted(const trace::FrameState& from) noexcept;

/// Whether an allocation has to be followed by one of the above.
inline bool work_after_allocation() noexcept {
  return settings.options.check_interval != 0 || check_wanted.load(std::memory_order_relaxed);
}

}  // namespace padlock::runtime
