// A segment: 4 MiB that an arena cuts blocks from.
//
//   | metadata: the core's region and its bitmaps | guard page | blocks ... | guard page |
//   ^ 4 MiB-aligned
//
// The guard pages keep a run of writes from reaching the metadata or the next segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/region.h"

namespace padlock::runtime {

struct Segment {
  std::span<std::byte> blocks;
  std::span<std::byte> metadata;

  [[nodiscard]] bool present() const noexcept { return !blocks.empty(); }
};

/// Absent if the system refuses. Where only the guard pages are refused, goes on without them.
Segment map_segment() noexcept;
void unmap_segment(const Segment& segment) noexcept;

/// The region object of the segment that holds `address`, which must lie in a segment.
core::Region* region_of_segment(std::uintptr_t address) noexcept;

/// Where in its segment an address lies.
enum class SegmentZone : std::uint8_t { kMetadata, kFrontGuard, kBlocks, kBackGuard };
SegmentZone segment_zone(std::uintptr_t address) noexcept;
/// The first and one past the last byte of the blocks of the segment that holds `address`.
std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept;
std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept;

}  // namespace padlock::runtime
