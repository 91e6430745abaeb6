// Slots and their pages. Where the kernel has markers for guard pages, a stretch of an area is accessible but
// for these, so that no slot costs a mapping; elsewhere an open slot is a mapping of its own.
#include "runtime/guarded/guarded_region.h"

#include <algorithm>
#include <bit>

#include "base/arith.h"
#include "base/units.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/tables.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {
namespace {

// Of an area, made ready at once: as much as there is already, within these.
constexpr std::size_t kShortestStretch = 256_KiB;
constexpr std::size_t kLongestStretch = 2_MiB;
constexpr std::uint8_t kMapsOfOpen = 2;  // an open slot parts what is closed around it

void* pointer_to(std::uintptr_t address) noexcept { return reinterpret_cast<void*>(address); }

bool protect(AddressRange range, os::Protection protection) noexcept {
  return os::protect(pointer_to(range.begin), range.size(), protection);
}

bool install_guard(AddressRange range) noexcept {
  return os::install_guard(pointer_to(range.begin), range.size());
}

}  // namespace

// The first area is half of the region, each other one half of the one before.
bool GuardedRegion::map(std::size_t size, bool all_mappings) noexcept {
  all_mappings_ = all_mappings;
  if (os::page_size() != std::size_t{1} << kPageShift) return false;
  size_ = size;
  std::size_t records = 0;
  for (std::uint32_t area = 0; area != kAreas; ++area) {
    first_record_[area] = records;
    slots_[area].store((size_ >> (area + 1)) / slot_size(area), std::memory_order_relaxed);
    records += slots_in(area);
  }
  const std::size_t record_bytes = align_up(records * sizeof(GuardedRecord), os::page_size());
  records_ = static_cast<GuardedRecord*>(os::map_table(record_bytes));
  if (records_ == nullptr) return false;
  void* const memory = map_slots(size, os::Protection::kNone);
  if (memory == nullptr) {
    os::unmap_table(records_, record_bytes);
    return false;
  }
  const std::uintptr_t begin = address_of(memory);
  begin_.store(begin, std::memory_order_release);
  segment_table.set_guarded(begin, size);
  return true;
}

std::optional<std::uint32_t> GuardedRegion::area_for(std::size_t size, std::size_t page) noexcept {
  const auto area = static_cast<std::uint32_t>(std::bit_width((size / page + 1) / 4));
  if (area >= kAreas) return std::nullopt;
  return area;
}

AddressRange GuardedRegion::whole(SlotId slot) const noexcept {
  const std::uintptr_t begin = begin_.load(std::memory_order_relaxed) + size_ - (size_ >> slot.area) +
                               slot.index * slot_size(slot.area);
  return {begin, begin + slot_size(slot.area)};
}

AddressRange GuardedRegion::room(SlotId slot) const noexcept {
  const AddressRange all = whole(slot);
  return {all.begin + os::page_size(), all.end - os::page_size()};
}

// Slots of an area are first used in order.
bool GuardedRegion::prepare(SlotId slot) noexcept {
  const AddressRange needed = whole(slot);
  if (is_prepared(slot)) return true;
  const std::uintptr_t area_end = whole({slot.area, static_cast<std::uint32_t>(slots_in(slot.area) - 1)}).end;
  const std::uintptr_t known = prepared_[slot.area].load(std::memory_order_relaxed);
  const std::uintptr_t area_begin = whole({slot.area, 0}).begin;
  const std::uintptr_t begin = known == 0 ? area_begin : known;
  const std::size_t wanted = std::clamp(begin - area_begin, kShortestStretch, kLongestStretch);
  const std::size_t size = std::max(wanted, needed.end - begin);
  const AddressRange stretch{begin, std::min(begin + size, area_end)};
  if (!protect(stretch, os::Protection::kReadWrite)) return false;
  if (!install_guard(stretch)) {
    protect(stretch, os::Protection::kNone);
    return false;
  }
  prepared_[slot.area].store(stretch.end, std::memory_order_relaxed);
  return true;
}

bool GuardedRegion::open(SlotId slot, AddressRange data) noexcept {
  if (!memory_budget.take(data.size())) return false;
  if (open_by_markers(slot, data) || open_by_protection(slot, data)) return true;
  memory_budget.give_back(data.size());
  return false;
}

bool GuardedRegion::open_by_markers(SlotId slot, AddressRange data) noexcept {
  if (!has_markers_.load(std::memory_order_relaxed)) return false;
  if (!prepare(slot)) {
    has_markers_.store(false, std::memory_order_relaxed);
    return false;
  }
  GuardedRecord& record = this->record(slot);
  const bool disturbed = record.disturbed.exchange(false, std::memory_order_relaxed);
  const bool apart = record.maps != 0;  // a mapping of its own
  if (apart && !protect(whole(slot), os::Protection::kReadWrite)) return false;
  if ((apart || disturbed) && !install_guard(whole(slot))) {
    record.disturbed.store(true, std::memory_order_relaxed);
    return false;
  }
  count_maps(record, 0);
  os::remove_guard(pointer_to(data.begin), data.size());
  return true;
}

bool GuardedRegion::open_by_protection(SlotId slot, AddressRange data) noexcept {
  GuardedRecord& record = this->record(slot);
  const bool counted = record.maps != 0 || (all_mappings_ ? map_budget.take(kMapsOfOpen)
                                                          : map_budget.take_where_roomy(kMapsOfOpen));
  if (!counted) return false;  // the slot stays as it is: what opens it next goes by its record
  if (record.disturbed.exchange(false, std::memory_order_relaxed) || is_prepared(slot))
    protect(whole(slot), os::Protection::kNone);
  record.maps = kMapsOfOpen;
  os::remove_guard(pointer_to(data.begin), data.size());
  return protect(data, os::Protection::kReadWrite);
}

void GuardedRegion::close(SlotId slot, AddressRange data) noexcept {
  memory_budget.give_back(data.size());
  GuardedRecord& record = this->record(slot);
  const bool by_markers = record.maps == 0 && has_markers_.load(std::memory_order_relaxed);
  if (by_markers && install_guard(data)) return;
  protect(data, os::Protection::kNone);
  os::discard_closed(pointer_to(data.begin), data.size());
  count_maps(record, is_prepared(slot) ? kMapsOfOpen : 0);  // a hole, or like what is around it
}

bool GuardedRegion::is_prepared(SlotId slot) const noexcept {
  return whole(slot).end <= prepared_[slot.area].load(std::memory_order_relaxed);
}

void GuardedRegion::count_maps(GuardedRecord& record, std::uint8_t maps) noexcept {
  map_budget.give_back(record.maps);
  map_budget.take_anyway(maps);
  record.maps = maps;
}

void GuardedRegion::shorten(std::uint32_t area, std::size_t slots) noexcept {
  const std::size_t former = slots_in(area);
  const std::uintptr_t begin = whole({area, static_cast<std::uint32_t>(slots)}).begin;
  const std::uintptr_t end = whole({area, static_cast<std::uint32_t>(former)}).begin;
  if (os::unmap(pointer_to(begin), end - begin))  // refused where there is nothing
    slots_[area].store(slots, std::memory_order_relaxed);
}

bool GuardedRegion::open_after_fault(std::uintptr_t address) noexcept {
  const std::optional<SlotId> slot = slot_at(address);
  if (!slot) return false;
  record(*slot).disturbed.store(true, std::memory_order_relaxed);
  const std::size_t page = os::page_size();
  const std::uintptr_t begin = align_down(address, std::uintptr_t{page});
  os::remove_guard(pointer_to(begin), page);
  return protect({begin, begin + page}, os::Protection::kReadWrite);
}

}  // namespace padlock::runtime
