// Counters of the whole process, for padlock_stats, mallinfo and their like.
#pragma once

#include <cstddef>
#include <cstdint>

#include "options/text.h"

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
  std::uint64_t allocations = 0;  // an upper bound while several threads run
  std::uint64_t faults = 0;
  std::size_t traces = 0;
  std::size_t trace_bytes = 0;
};

/// Takes every lock for a moment, one after the other.
Statistics statistics() noexcept;

/// One line of text for each counter.
void describe_statistics(options::TextWriter& text) noexcept;

}  // namespace padlock::runtime
