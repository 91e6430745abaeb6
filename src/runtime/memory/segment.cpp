// Mapping segments and finding one's way in them.
#include "runtime/memory/segment.h"

#include <algorithm>
#include <atomic>

#include "base/arith.h"
#include "base/units.h"
#include "os/confined.h"
#include "os/memory.h"
#include "os/memory_locks.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

// The head and the metadata, for at most `size` bytes of blocks.
constexpr std::size_t front_of(std::size_t size) noexcept {
  return align_up(sizeof(SegmentHead) + core::Region::metadata_bytes(size), kSegmentPage);
}
static_assert(front_of(kBigSegment * kSlotSize - kSegmentBlocksBegin) + kSegmentPage <= kSegmentBlocksBegin);

constexpr std::size_t blocks_begin_of(std::size_t size) noexcept {
  return size % kSlotSize == 0 ? kSegmentBlocksBegin : front_of(size) + kSegmentPage;
}

constexpr std::size_t kShare = 64;        // of a limit of memory, one such part for a segment
constexpr std::size_t kShareOfUsed = 16;  // of what is mapped already, where all of it is in memory at once

// What a segment may take, and what it must for every block that has no pages of its own.
std::size_t size_for(std::size_t slots) noexcept {
  const std::size_t wanted = slots * kSlotSize;
  std::size_t share = os::memory_limit() / kShare;
  if (os::future_is_locked()) share = std::min(share, memory_budget.used() / kShareOfUsed);
  share = align_down(share, 64_KiB);
  if (share >= wanted) return wanted;
  if (slots > 1) return 0;
  return std::clamp(share, 4 * settings.large_threshold, kSlotSize);
}

// A process whose heap is smaller than this would pay for pages that it does not fill.
constexpr std::size_t kWithoutHugePages = 16_MiB;  // bytes

// All of a segment's blocks, but for the first ones of the process.
void prefer_huge_pages(std::uintptr_t blocks, std::uintptr_t end, bool first_of_all) noexcept {
  const std::uintptr_t begin = blocks + (first_of_all ? kWithoutHugePages : 0);
  const std::uintptr_t first = align_up(begin, std::uintptr_t{os::kHugePage});
  const std::uintptr_t last = align_down(end, std::uintptr_t{os::kHugePage});
  // The process's first segment is shorter than what is left out.
  if (first < last) os::prefer_huge_pages(reinterpret_cast<void*>(first), last - first);
}

// Pages that are accessible become guard pages. Without mprotect(2), which a filter may not expect.
void close_by_mapping(void* memory, std::size_t begin, std::size_t end) noexcept {
  void* const pages = static_cast<std::byte*>(memory) + begin;
  if (os::unmap(pages, end - begin)) os::map_reserved_at(pages, end - begin);
}

// Memory for a segment, accessible up to `front` or, which `all_open` says, as a whole: in a confined
// process, and where the system refuses, as it is one mapping then and needs no second. Null where it refuses
// that as well.
void* map_with_front(std::size_t size, std::size_t front, std::size_t blocks, bool& all_open) noexcept {
  all_open = os::is_confined();
  if (!all_open) {
    void* const memory = map_slots(size, os::Protection::kNone);
    if (memory == nullptr || os::protect(memory, front, os::Protection::kReadWrite)) return memory;
    all_open = true;
    if (os::protect(memory, size, os::Protection::kReadWrite)) return memory;
    os::unmap(memory, size);
  }
  void* const memory = map_slots(size, os::Protection::kReadWrite);
  if (memory == nullptr) return nullptr;
  close_by_mapping(memory, front, blocks);
  close_by_mapping(memory, size - kSegmentPage, size);
  return memory;
}

}  // namespace

std::uintptr_t segment_blocks_begin(std::uintptr_t address) noexcept {
  return region_of_segment(address)->base();
}

std::uintptr_t segment_blocks_end(std::uintptr_t address) noexcept {
  const core::Region& region = *region_of_segment(address);
  return region.base() + std::size_t{region.granules()} * core::kGranule;
}

SegmentZone segment_zone(std::uintptr_t address) noexcept {
  const std::uintptr_t begin = segment_table.begin_of(address);
  if (address < begin + reinterpret_cast<const SegmentHead*>(begin)->front) return SegmentZone::kMetadata;
  if (address < segment_blocks_begin(address)) return SegmentZone::kFrontGuard;
  return address < region_of_segment(address)->open_end() ? SegmentZone::kBlocks : SegmentZone::kBackGuard;
}

core::Region* region_of_segment(std::uintptr_t address) noexcept {
  return reinterpret_cast<core::Region*>(segment_table.begin_of(address) + sizeof(SegmentHead));
}

bool may_be_user_pointer(std::uintptr_t address) noexcept {
  const core::Region& region = *region_of_segment(address);
  return address % core::kGranule == 0 && address - core::kHeaderSize >= region.base() &&
         address < region.open_end();
}

// Right below the latest one, if there is room: every slot from the top of the address space downwards. The
// kernel would put small segments into the gaps between others, where slots have begun.
void* map_slots(std::size_t size, os::Protection protection) noexcept {
  constexpr unsigned kTries = 16;
  static constinit std::atomic<std::uintptr_t> lowest{0};
  const std::uintptr_t step = align_up(size, kSlotSize);
  std::uintptr_t place = lowest.load(std::memory_order_relaxed);
  void* memory = nullptr;
  for (unsigned i = 0; i < kTries && memory == nullptr && place > step; ++i) {
    place -= step;
    memory = os::map_at(reinterpret_cast<void*>(place), size, protection);
  }
  if (memory == nullptr) memory = os::map(size, protection, kSlotSize);
  if (memory != nullptr) lowest.store(address_of(memory), std::memory_order_relaxed);
  return memory;
}

std::size_t most_in_segment() noexcept { return size_for(kSmallSegment) / 2; }

Segment map_segment(std::size_t slots) noexcept {
  const std::size_t size = size_for(slots);
  if (size == 0 || !memory_budget.take(size)) return {};
  const bool spared = size % kSlotSize == 0 || os::can_spare(size);
  const std::size_t blocks_begin = blocks_begin_of(size);
  const std::size_t front = front_of(size - kSegmentPage - blocks_begin);
  bool all_open = false;
  void* const memory = spared ? map_with_front(size, front, blocks_begin, all_open) : nullptr;
  if (memory == nullptr) {
    memory_budget.give_back(size);
    return {};
  }
  const std::uintptr_t blocks = address_of(memory) + blocks_begin;
  const std::uintptr_t end = address_of(memory) + size - kSegmentPage;
  auto& head = *static_cast<SegmentHead*>(memory);
  head.size = size;
  head.front = front;
  head.all_open = head.disturbed = all_open;
  const os::Protection closed = closed_protection();
  if (closed != os::Protection::kNone && !all_open)
    os::protect(reinterpret_cast<void*>(blocks), end - blocks, closed);
  if (settings.options.huge_pages) prefer_huge_pages(blocks, end, memory_budget.used() == size);
  auto* const metadata = static_cast<std::byte*>(memory) + sizeof(SegmentHead);
  return {{reinterpret_cast<std::byte*>(blocks), end - blocks},
          {metadata, core::Region::metadata_bytes(end - blocks)}};
}

std::size_t shorten_segment(std::span<std::byte> unallocated) noexcept {
  constexpr std::size_t kWorthwhile = 64_KiB;
  const std::uintptr_t first = address_of(unallocated.data());
  const std::uintptr_t begin = segment_table.begin_of(first);
  const std::uintptr_t guard = align_up(first + 1, std::uintptr_t{kSegmentPage});
  const std::uintptr_t end = guard + kSegmentPage;
  auto& head = *reinterpret_cast<SegmentHead*>(begin);
  const std::size_t former_size = head.size;
  const std::size_t less = begin + former_size - end;
  auto* const guard_page = reinterpret_cast<void*>(guard);
  const bool closed =
      guard >= region_of_segment(first)->open_end() && !head.all_open.load(std::memory_order_relaxed);
  if (less < kWorthwhile || (!closed && !os::protect(guard_page, kSegmentPage, os::Protection::kNone)))
    return unallocated.size();
  if (!os::unmap(reinterpret_cast<void*>(end), less)) {
    if (!closed) os::protect(guard_page, kSegmentPage, os::Protection::kReadWrite);
    return unallocated.size();
  }
  head.size = end - begin;
  segment_table.shorten(begin, former_size);
  memory_budget.give_back(less);
  return guard - first;
}

void unmap_segment(const Segment& segment) noexcept {
  os::unmap(reinterpret_cast<void*>(segment.begin()), segment.size());
  memory_budget.give_back(segment.size());
}

}  // namespace padlock::runtime
