// Forwards of the C API to the rooms of the runtime.
#include "runtime/process/api.h"

#include <algorithm>
#include <cstring>

#include "runtime/calls/checks.h"
#include "runtime/calls/statistics.h"
#include "runtime/process/init.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime {

std::size_t check_on_request(const trace::FrameState& from) noexcept {
  return check_heap(core::Moment::kCheck, from).fresh;
}

bool describe(const void* address) noexcept {
  initialize();
  return reporter.describe(address);
}

padlock_fault_callback set_fault_callback(padlock_fault_callback callback, void* context) noexcept {
  initialize();
  return reporter.set_callback(callback, context);
}

void fill_stats(struct padlock_statistics* stats) noexcept {
  initialize();
  const Statistics all = statistics(PADLOCK_CALLER_STATE());
  struct padlock_statistics filled = {};
  filled.version = PADLOCK_STATISTICS_VERSION;
  filled.size = sizeof filled;
  filled.live_blocks = all.live_blocks;
  filled.live_bytes = all.live_bytes;
  filled.quarantined_blocks = all.quarantined_blocks;
  filled.quarantined_bytes = all.quarantined_bytes;
  filled.idle_bytes = all.idle_blocks_bytes;
  filled.mapped_bytes = all.mapped_bytes;
  filled.allocations = all.allocations;
  filled.faults = all.faults;
  filled.traces = all.traces;
  filled.trace_bytes = all.trace_bytes;
  filled.known_faults = known_faults();
  // The caller may have been compiled with a shorter struct.
  const std::size_t size = std::min<std::size_t>(stats->size, sizeof filled);
  filled.size = static_cast<std::uint32_t>(size);
  std::memcpy(stats, &filled, size);
}

}  // namespace padlock::runtime
