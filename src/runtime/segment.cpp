// Mapping segments and finding one's way in them.
#include "runtime/segment.h"

#include "core/arith.h"
#include "os/memory.h"
#include "runtime/memory_budget.h"
#include "runtime/segment_table.h"

namespace padlock::runtime {
namespace {

std::uintptr_t begin_of(std::uintptr_t address) noexcept {
  return core::align_down(address, std::uintptr_t{kSegmentSize});
}

/// For a heap that has outgrown a segment already; a small one would pay for pages that it does not fill.
void prefer_huge_pages(std::uintptr_t begin, std::uintptr_t end) noexcept {
  const std::uintptr_t first = core::align_up(begin, std::uintptr_t{os::kHugePage});
  const std::uintptr_t last = core::align_down(end, std::uintptr_t{os::kHugePage});
  os::prefer_huge_pages(reinterpret_cast<void*>(first), last - first);
}

}  // namespace

std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept {
  return begin_of(address) + kSegmentBlocksBegin;
}

std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept {
  return begin_of(address) + kSegmentBlocksEnd;
}

SegmentZone segment_zone(std::uintptr_t address) noexcept {
  if (address < begin_of(address) + kSegmentMetadataSize) return SegmentZone::kMetadata;
  if (address < segment_blocks_begin(address)) return SegmentZone::kFrontGuard;
  return address < segment_blocks_end(address) ? SegmentZone::kBlocks : SegmentZone::kBackGuard;
}

core::Region* region_of_segment(std::uintptr_t address) noexcept {
  return reinterpret_cast<core::Region*>(begin_of(address));
}

Segment map_segment() noexcept {
  if (!memory_budget.take(kSegmentSize)) return {};
  void* memory = os::map(kSegmentSize, os::Protection::kReadWrite, kSegmentSize);
  if (memory == nullptr) {
    memory_budget.give_back(kSegmentSize);
    return {};
  }
  const std::uintptr_t begin = core::address_of(memory);
  const std::uintptr_t blocks = segment_blocks_begin(begin);
  const std::uintptr_t end = segment_blocks_end(begin);
  os::protect(reinterpret_cast<void*>(blocks - kSegmentPage), kSegmentPage, os::Protection::kNone);
  os::protect(reinterpret_cast<void*>(end), kSegmentPage, os::Protection::kNone);
  if (memory_budget.used() > kSegmentSize) prefer_huge_pages(blocks, end);
  return {{reinterpret_cast<std::byte*>(blocks), end - blocks},
          {static_cast<std::byte*>(memory), kSegmentMetadataSize}};
}

void unmap_segment(const Segment& segment) noexcept {
  os::unmap(segment.metadata.data(), kSegmentSize);
  memory_budget.give_back(kSegmentSize);
}

}  // namespace padlock::runtime
