// A segment: 16 MiB that an arena cuts blocks from.
//
//   | metadata: the core's region and its bitmaps | guard page | blocks ... | guard page |
//   ^ 16 MiB-aligned
//
// The guard pages keep a run of writes from reaching the metadata or the next segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/arith.h"
#include "core/layout.h"
#include "core/region.h"
#include "runtime/segment_table.h"

namespace padlock::runtime {

// Pages of x86-64; elsewhere they would have to be asked for.
inline constexpr std::size_t kSegmentPage = 4096;
inline constexpr std::size_t kSegmentMetadataSize =
    core::align_up(core::Region::metadata_bytes(kSegmentSize), kSegmentPage);
inline constexpr std::size_t kSegmentBlocksBegin = kSegmentMetadataSize + kSegmentPage;
inline constexpr std::size_t kSegmentBlocksEnd = kSegmentSize - kSegmentPage;

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

/// Whether `address`, which lies in a segment, can be a user pointer: aligned, with room for a header before
/// it.
inline bool may_be_user_pointer(std::uintptr_t address) noexcept {
  const std::uintptr_t offset = address % kSegmentSize;
  return address % core::kGranule == 0 && offset >= kSegmentBlocksBegin + core::kHeaderSize &&
         offset < kSegmentBlocksEnd;
}

/// Where in its segment an address lies.
enum class SegmentZone : std::uint8_t { kMetadata, kFrontGuard, kBlocks, kBackGuard };
SegmentZone segment_zone(std::uintptr_t address) noexcept;
/// The first and one past the last byte of the blocks of the segment that holds `address`.
std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept;
std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept;

}  // namespace padlock::runtime
