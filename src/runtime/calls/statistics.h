// Counters of the whole process, for padlock_stats, mallinfo and their like.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

struct Statistics {
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;  // requested
  std::size_t live_large_blocks = 0;
  std::size_t live_large_bytes = 0;  // mapped, with guards
  std::size_t live_small_bytes = 0;  // with headers and padding
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;
  std::size_t idle_blocks_bytes = 0;  // out of quarantine, ready for reuse
  std::size_t mapped_bytes = 0;
  std::uint64_t allocations = 0;   // an upper bound while several threads run
  std::size_t guarded_blocks = 0;  // that there ever were
  std::uint64_t faults = 0;
  std::size_t traces = 0;
  std::size_t trace_bytes = 0;
};

/// Enters the allocator, stops the world, and takes every lock for a moment. All zero where a call of the
/// allocator would come from a signal handler that interrupted it.
Statistics statistics(const trace::FrameState& from) noexcept;

/// One line of text for each counter.
void describe_statistics(TextWriter& text, const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
