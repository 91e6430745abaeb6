// Mapping segments and finding one's way in them.
#include "runtime/segment.h"

#include <algorithm>

#include "core/arith.h"
#include "os/memory.h"
#include "runtime/memory_budget.h"
#include "runtime/segment_table.h"
#include "runtime/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t blocks_of(std::size_t size) noexcept {
  return size - kSegmentBlocksBegin - kSegmentPage;
}
constexpr std::size_t metadata_of(std::size_t size) noexcept {
  return core::align_up(core::Region::metadata_bytes(blocks_of(size)), kSegmentPage);
}
static_assert(metadata_of(kBigSegment * kSlotSize) + kSegmentPage <= kSegmentBlocksBegin);

// A process whose heap is smaller than this would pay for pages that it does not fill.
constexpr std::size_t kWithoutHugePages = std::size_t{16} << 20;  // bytes

/// All of a segment's blocks, but for the first ones of the process.
void prefer_huge_pages(std::uintptr_t blocks, std::uintptr_t end, bool first_of_all) noexcept {
  const std::uintptr_t begin = blocks + (first_of_all ? kWithoutHugePages : 0);
  const std::uintptr_t first = core::align_up(begin, std::uintptr_t{os::kHugePage});
  const std::uintptr_t last = core::align_down(end, std::uintptr_t{os::kHugePage});
  os::prefer_huge_pages(reinterpret_cast<void*>(first), last - first);
}

}  // namespace

std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept {
  return segment_table.begin_of(address) + kSegmentBlocksBegin;
}

std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept {
  const core::Region& region = *region_of_segment(address);
  return region.base() + std::size_t{region.granules()} * core::kGranule;
}

SegmentZone segment_zone(std::uintptr_t address) noexcept {
  const std::uintptr_t blocks = segment_blocks_begin(address);
  if (address < blocks - kSegmentPage) return SegmentZone::kMetadata;
  if (address < blocks) return SegmentZone::kFrontGuard;
  return address < segment_blocks_end(address) ? SegmentZone::kBlocks : SegmentZone::kBackGuard;
}

core::Region* region_of_segment(std::uintptr_t address) noexcept {
  return reinterpret_cast<core::Region*>(segment_table.begin_of(address));
}

bool may_be_user_pointer(std::uintptr_t address) noexcept {
  const core::Region& region = *region_of_segment(address);
  return address % core::kGranule == 0 && region.contains(address) &&
         region.contains(address - core::kHeaderSize);
}

Segment map_segment(std::size_t slots) noexcept {
  const std::size_t size = slots * kSlotSize;
  if (!memory_budget.take(size)) return {};
  void* memory = os::map(size, os::Protection::kReadWrite, kSlotSize);
  if (memory == nullptr) {
    memory_budget.give_back(size);
    return {};
  }
  const std::uintptr_t blocks = core::address_of(memory) + kSegmentBlocksBegin;
  const std::uintptr_t end = blocks + blocks_of(size);
  os::protect(reinterpret_cast<void*>(blocks - kSegmentPage), kSegmentPage, os::Protection::kNone);
  os::protect(reinterpret_cast<void*>(end), kSegmentPage, os::Protection::kNone);
  if (settings.options.huge_pages) prefer_huge_pages(blocks, end, memory_budget.used() == size);
  return {{reinterpret_cast<std::byte*>(blocks), end - blocks},
          {static_cast<std::byte*>(memory), metadata_of(size)}};
}

void unmap_segment(const Segment& segment) noexcept {
  os::unmap(segment.metadata.data(), segment.size());
  memory_budget.give_back(segment.size());
}

}  // namespace padlock::runtime
