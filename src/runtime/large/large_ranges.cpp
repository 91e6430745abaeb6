// Changing and searching the mappings of large blocks.
#include "runtime/large/large_ranges.h"

#include <algorithm>

#include "arch/processor.h"
#include "os/tables.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kFirstCapacity = 256;
constexpr std::memory_order kRelaxed = std::memory_order_relaxed;

}  // namespace

// The number of the first range that begins at `address` or below; `count` where there is none.
std::size_t LargeRanges::first_not_above(const Range* ranges, std::size_t count,
                                         std::uintptr_t address) const noexcept {
  std::size_t low = 0;
  std::size_t high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (ranges[middle].begin.load(kRelaxed) > address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void LargeRanges::copy(Range& to, const Range& from) noexcept {
  to.begin.store(from.begin.load(kRelaxed), kRelaxed);
  to.end.store(from.end.load(kRelaxed), kRelaxed);
  to.user.store(from.user.load(kRelaxed), kRelaxed);
  to.room.store(from.room.load(kRelaxed), kRelaxed);
}

// A change that a fork has cut off ends with the next one.
void LargeRanges::begin_change() noexcept {
  version_.store(version_.load(kRelaxed) | 1U, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
}

void LargeRanges::end_change() noexcept {
  version_.store(version_.load(kRelaxed) + 1, std::memory_order_release);
}

bool LargeRanges::make_room() noexcept {
  if (count_.load(kRelaxed) < capacity_) return true;
  const std::size_t capacity = std::max(2 * capacity_, kFirstCapacity);
  if (capacity > kForeign) return false;
  auto* const larger = static_cast<Range*>(os::map_table(capacity * sizeof(Range)));
  if (larger == nullptr) return false;
  const Range* const ranges = ranges_.load(kRelaxed);
  for (std::size_t i = 0; i < count_.load(kRelaxed); ++i) copy(larger[i], ranges[i]);
  ranges_.store(larger, std::memory_order_release);
  capacity_ = capacity;
  return true;
}

void LargeRanges::put(AddressRange mapping, const core::BlockSnapshot& block) noexcept {
  begin_change();
  const std::size_t count = count_.load(kRelaxed);
  std::size_t at = first_not_above(ranges_.load(kRelaxed), count, mapping.begin);
  const bool known = at < count && ranges_.load(kRelaxed)[at].begin.load(kRelaxed) == mapping.begin;
  if (known || make_room()) {
    Range* const ranges = ranges_.load(kRelaxed);
    if (!known) {
      for (std::size_t i = count; i > at; --i) copy(ranges[i], ranges[i - 1]);
      count_.store(count + 1, std::memory_order_release);
    }
    ranges[at].begin.store(mapping.begin, kRelaxed);
    ranges[at].end.store(mapping.end, kRelaxed);
    ranges[at].user.store(block.user, kRelaxed);
    ranges[at].room.store(block.state == core::BlockState::kLive ? block.requested : kClosed, kRelaxed);
  }
  end_change();
}

void LargeRanges::remove(std::uintptr_t begin, std::uintptr_t user) noexcept {
  Range* const ranges = ranges_.load(kRelaxed);
  const std::size_t count = count_.load(kRelaxed);
  const std::size_t at = first_not_above(ranges, count, begin);
  if (at == count || ranges[at].begin.load(kRelaxed) != begin || ranges[at].user.load(kRelaxed) != user)
    return;
  begin_change();
  for (std::size_t i = at + 1; i < count; ++i) copy(ranges[i - 1], ranges[i]);
  count_.store(count - 1, kRelaxed);
  end_change();
}

// With poisoned pieces in it, a range alone shows nothing.
void LargeRanges::note(std::uintptr_t address, std::uint64_t version, std::uint64_t tag) const noexcept {
  if ((tag & kForeign) == 0 && pool_marks.in_use()) return;
  place_of(address).store(version << kTagBits | tag, kRelaxed);
}

LargeRanges::Found LargeRanges::find(std::uintptr_t address) const noexcept {
  constexpr unsigned kLooks = 64;
  constexpr std::uintptr_t kChunk = std::uintptr_t{1} << kChunkShift;
  static constinit const Range none{};
  const std::uintptr_t chunk = address & ~(kChunk - 1);
  for (unsigned look = 0; look < kLooks; ++look) {
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    // In this order: what is counted has room in the ranges that are loaded later.
    const std::size_t count = count_.load(std::memory_order_acquire);
    const Range* const ranges = ranges_.load(std::memory_order_acquire);
    const std::size_t at = first_not_above(ranges, count, address);
    const Range& range = at < count ? ranges[at] : none;
    const std::uintptr_t end = range.end.load(kRelaxed);
    const std::uintptr_t user = range.user.load(kRelaxed);
    const std::uint64_t room = range.room.load(kRelaxed);
    const std::uintptr_t above = at != 0 ? ranges[at - 1].begin.load(kRelaxed) : UINTPTR_MAX;
    std::atomic_thread_fence(std::memory_order_acquire);
    if ((version & 1U) != 0 || version_.load(kRelaxed) != version) {
      arch::pause();
      continue;
    }
    if (address >= end) {
      if (end <= chunk && above - chunk >= kChunk) note(address, version, kForeign | address >> kSlotShift);
      return {};
    }
    if (room == kClosed) return {user, 0};
    note(address, version, at);
    return {user, room - std::min(room, address - user)};
  }
  return {.is_steady = false};
}

}  // namespace padlock::runtime
