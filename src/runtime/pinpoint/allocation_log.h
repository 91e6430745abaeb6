// Which stack made which allocation, so that a block can be found again in another run of the program: as the
// so many-th one of its call site. Kept where `pinpoint_log` asks for it only; no call takes the quick path
// then.
#pragma once

#include <atomic>
#include <cstdint>

#include "trace/depot.h"
#include "trace/growing_array.h"

namespace padlock::runtime {

/// Thread-safe. Where the system has no memory, allocations are left out.
class AllocationLog {
 public:
  constexpr AllocationLog() noexcept = default;

  void begin() noexcept { on_ = true; }  // start-up
  [[nodiscard]] bool is_on() const noexcept { return on_; }
  void note(std::uint64_t number, trace::TraceId trace) noexcept;
  /// How many allocations this stack had made, up to the one with that number; 0 where it did not make that
  /// one.
  [[nodiscard]] std::uint64_t ordinal_of(std::uint64_t number, trace::TraceId trace) const noexcept;

 private:
  using Traces = trace::GrowingArray<std::atomic<trace::TraceId>, 18, 4096>;

  bool on_ = false;
  Traces traces_;  // by number
};

extern constinit AllocationLog allocation_log;

}  // namespace padlock::runtime
