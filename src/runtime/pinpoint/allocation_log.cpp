// Four bytes for each allocation.
#include "runtime/pinpoint/allocation_log.h"

#include "os/tables.h"

namespace padlock::runtime {

constinit AllocationLog allocation_log;

void AllocationLog::note(std::uint64_t number, trace::TraceId trace) noexcept {
  if (number >= Traces::kMost || !traces_.reach(number, os::map_table)) return;
  traces_.find(number)->store(trace, std::memory_order_relaxed);
}

std::uint64_t AllocationLog::ordinal_of(std::uint64_t number, trace::TraceId trace) const noexcept {
  const auto made = [this](std::uint64_t at) -> trace::TraceId {
    const std::atomic<trace::TraceId>* const by = traces_.find(at);
    return by == nullptr ? 0 : by->load(std::memory_order_relaxed);
  };
  if (!on_ || trace == 0 || number >= Traces::kMost || made(number) != trace) return 0;
  std::uint64_t ordinal = 0;
  for (std::uint64_t at = 0; at <= number; ++at) {
    if (made(at) == trace) ++ordinal;
  }
  return ordinal;
}

}  // namespace padlock::runtime
