// Checks of the whole heap: on request, every so many allocations, on a signal, at exit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/fault.h"
#include "runtime/memory/settings.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// What a check of the whole heap has found.
struct HeapFaults {
  std::size_t fresh = 0;  // reported by this check, or counted beside a report
  std::size_t known = 0;  // reported before, and still there

  [[nodiscard]] std::size_t all() const noexcept { return fresh + known; }
};

/// Verifies every block of the process; reports what is new. While other threads run, they wait at their next
/// allocation for at most the check of one arena.
HeapFaults check_heap(core::Moment moment, const trace::FrameState& from) noexcept;

/// HeapFaults::known of the last check.
std::size_t known_faults() noexcept;

/// Start-up: what the options say of checks while the program runs, by SIGUSR2 and by check_interval, and of
/// the allocation to break at.
void set_up_checks() noexcept;

/// Whether each allocation has to be followed by check_after_allocation(): check_interval or
/// break_on_allocation is set, or a signal that asks for a check came while this or another thread was inside
/// the allocator; until set_up_checks(), in any case. Then no call takes the quick path, which asks this
/// first: before the library is relocated, when there is no thread-local data, calls are served by the
/// bootstrap heap.
extern std::atomic<bool> work_after_allocation __attribute__((visibility("hidden")));
/// The calling thread has just been given `memory`.
void check_after_allocation(const void* memory, const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
