// A segment: one slot of 16 MiB that an arena cuts blocks from, or four of them; where memory is limited or
// locked, the first part of a slot.
//
//   | head | metadata: the core's region and its bitmaps | guard pages | blocks ... | guard page |
//   ^ 16 MiB-aligned                                                   ^ 2 MiB behind
//
// The guard pages keep a run of writes from reaching the metadata or the next segment. Blocks begin where a
// huge page can; in a part of a slot, right behind the guard page. Of the blocks' memory only what has been
// handed out, and a step behind that, is accessible: open_blocks().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arith.h"
#include "base/units.h"
#include "core/block/layout.h"
#include "core/index/region.h"
#include "os/memory.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

// Pages of x86-64; elsewhere they would have to be asked for.
inline constexpr std::size_t kSegmentPage = 4096;
inline constexpr std::size_t kSegmentBlocksBegin = 2_MiB;

/// Slots of a small segment, which is an arena's first one, and of the others.
inline constexpr std::size_t kSmallSegment = 1;
inline constexpr std::size_t kBigSegment = 4;

struct Segment {
  std::span<std::byte> blocks;
  std::span<std::byte> metadata;

  [[nodiscard]] bool present() const noexcept { return !blocks.empty(); }
  [[nodiscard]] std::uintptr_t begin() const noexcept {
    return address_of(metadata.data()) - sizeof(SegmentHead);
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return address_of(blocks.data()) + blocks.size() + kSegmentPage - begin();
  }
};

/// Fresh zeroed memory that begins at a slot's begin, or null. `size`: a multiple of the page size.
void* map_slots(std::size_t size, os::Protection protection) noexcept;

/// Its blocks are inaccessible. Absent if the system refuses. Where only the guard pages are refused, goes on
/// without them. Where memory
/// is limited (RLIMIT_AS, RLIMIT_DATA) a segment is a 64th of that: a part of one slot, if need be; more than
/// one slot is refused then. So it is where all pages are locked in memory: a 16th of what there is already.
Segment map_segment(std::size_t slots) noexcept;
/// The largest block for which another segment would be of use.
std::size_t most_in_segment() noexcept;
void unmap_segment(const Segment& segment) noexcept;

/// What the memory is that no block has come to: inaccessible. Read-only where a fault of Padlock's own,
/// which looks at the header before any pointer that it is given, would not be recognized as such.
os::Protection closed_protection() noexcept;

/// core::HeapConfig::open_memory: makes the blocks' memory accessible from `begin` up to `wanted`, and up to
/// a step more, so that the calls are few; zeroed. Returns where what is accessible ends, `begin` where the
/// system refuses.
std::uintptr_t open_blocks(std::uintptr_t begin, std::uintptr_t wanted) noexcept;
/// Makes `unallocated`, which ends where what is accessible does, inaccessible again, all but a step; returns
/// how many bytes are left.
std::size_t close_blocks(std::span<std::byte> unallocated) noexcept;
/// Makes some memory around `address` accessible, which lies in a segment where nothing is: a fault there was
/// dealt with, and the code that made it goes on. False where the system refuses. Async-signal-safe.
bool open_after_fault(std::uintptr_t address) noexcept;
/// Makes all memory of the blocks of the segment that holds `address` accessible: the kernel may not be asked
/// later. Nothing is done where it refuses.
void open_all_blocks(std::uintptr_t address) noexcept;
/// Whether `address`, in an arena's segment, lies in what was made accessible last: another thread's access
/// may have trapped there just before. Async-signal-safe.
bool is_in_latest_step(std::uintptr_t address) noexcept;
/// Unmaps what was never allocated at the end of a segment's blocks, `unallocated`, but for a guard page;
/// returns how many bytes of it are left to the blocks, all where that is not worthwhile. While the world is
/// stopped: the quick path goes by the segment's marks.
std::size_t shorten_segment(std::span<std::byte> unallocated) noexcept;

/// The region object of the segment that holds `address`, which must lie in a segment.
core::Region* region_of_segment(std::uintptr_t address) noexcept;
/// The same by the mark of its slot, which is an arena's as a whole.
[[gnu::always_inline]] inline const core::Region* region_of_common(std::uintptr_t address,
                                                                   SlotMark mark) noexcept {
  static_assert(kBigSegment <= kOwnerOrDistance);
  return reinterpret_cast<const core::Region*>(segment_begin_by(address, mark) + sizeof(SegmentHead));
}

/// Whether `address`, which lies in a segment, can be a user pointer: aligned, with a header before it that
/// can be read. The quick path, which asks is_common_user_pointer() alone, may read where nothing is
/// accessible (process/traps.cpp).
bool may_be_user_pointer(std::uintptr_t address) noexcept;

/// The same for the quick path, by the mark of the address's slot alone: of the pointers that may be user
/// pointers it knows most.
inline bool is_common_user_pointer(std::uintptr_t address, SlotMark mark) noexcept {
  const std::uintptr_t offset = address % kSlotSize;
  const std::uintptr_t begin = (mark & kContinued) != 0 ? 0 : kSegmentBlocksBegin;
  return address % core::kGranule == 0 && offset >= begin + core::kHeaderSize &&
         offset < kSlotSize - kSegmentPage;
}

/// Where in its segment an address lies; the back guard begins where the blocks' memory is inaccessible.
enum class SegmentZone : std::uint8_t { kMetadata, kFrontGuard, kBlocks, kBackGuard };
SegmentZone segment_zone(std::uintptr_t address) noexcept;
/// The first and one past the last byte of the blocks of the segment that holds `address`.
std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept;
std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept;

}  // namespace padlock::runtime
