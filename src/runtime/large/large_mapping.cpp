// Mapping, closing and opening large blocks.
#include "runtime/large/large_mapping.h"

#include <algorithm>
#include <atomic>

#include "base/arith.h"
#include "base/units.h"
#include "core/block/layout.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/memory_locks.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime {
namespace {

constexpr std::uint64_t kBodyAndTwoGuards = 3;  // mappings

constexpr std::size_t kWideGuard = 64_KiB;

constinit std::atomic<bool> guard_is_wide{false};

// Limits are asked of the kernel, which takes longer than opening a freed block's pages again.
void choose_guard() noexcept {
  const bool scarce = os::memory_limit() != SIZE_MAX || os::future_is_locked();
  guard_is_wide.store(!scarce, std::memory_order_relaxed);
}

void* at(std::uintptr_t address) noexcept { return reinterpret_cast<void*>(address); }

// [guard | body | guard], the user address aligned as asked for.
LargeMapping place(const LargeLayout& layout, os::Protection protection) noexcept {
  const std::size_t guard = large_guard();
  const std::size_t size = mapping_size_for(layout);
  const std::size_t slack = std::max(layout.alignment, os::page_size()) - os::page_size();
  void* const memory = os::map(size + slack, protection);
  if (memory == nullptr) return {};
  const std::uintptr_t mapped = address_of(memory);
  const std::uintptr_t lead = guard + layout.user_offset;
  const std::uintptr_t begin = align_up(mapped + lead, std::uintptr_t{layout.alignment}) - lead;
  if (begin != mapped) os::unmap(memory, begin - mapped);
  if (mapped + slack != begin) os::unmap(at(begin + size), mapped + slack - begin);
  return {begin, begin + size, begin + guard, begin + guard + layout.body_size, 0, 0};
}

bool open_body(const LargeMapping& mapping) noexcept {
  return os::protect(at(mapping.body_begin), mapping.body_size(), os::Protection::kReadWrite);
}

LargeMapping guarded_by_mappings(const LargeLayout& layout) noexcept {
  if (!map_budget.take_where_roomy(kBodyAndTwoGuards)) return {};
  LargeMapping mapping = place(layout, os::Protection::kNone);
  if (mapping.present() && open_body(mapping)) {
    mapping.maps = kBodyAndTwoGuards;
    return mapping;
  }
  if (mapping.present()) os::unmap(at(mapping.map_begin), mapping.size());
  map_budget.give_back(kBodyAndTwoGuards);
  return {};
}

void count_maps(LargeMapping& mapping, std::uint64_t maps) noexcept {
  map_budget.take_anyway(maps);
  map_budget.give_back(mapping.maps);
  mapping.maps = maps;
}

// Without guards of the kernel's kind, neighbours are one mapping to it.
bool guard_by_markers(const LargeMapping& mapping) noexcept {
  return os::install_guard(at(mapping.map_begin), mapping.body_begin - mapping.map_begin) &&
         os::install_guard(at(mapping.body_end), mapping.map_end - mapping.body_end);
}

void guard_by_mappings_where_possible(LargeMapping& mapping) noexcept {
  if (!map_budget.take(kBodyAndTwoGuards)) return;
  mapping.maps = kBodyAndTwoGuards;
  os::protect(at(mapping.map_begin), mapping.body_begin - mapping.map_begin, os::Protection::kNone);
  os::protect(at(mapping.body_end), mapping.map_end - mapping.body_end, os::Protection::kNone);
}

LargeMapping guarded_otherwise(const LargeLayout& layout) noexcept {
  LargeMapping mapping = place(layout, os::Protection::kReadWrite);
  if (!mapping.present()) return {};
  if (!guard_by_markers(mapping)) guard_by_mappings_where_possible(mapping);
  return mapping;
}

}  // namespace

LargeLayout layout_large(std::size_t size, std::size_t alignment, std::size_t page) noexcept {
  alignment = std::max(alignment, core::kGranule);
  const std::size_t tail = align_up(size + core::kMinPadding, std::min(alignment, page));
  const std::size_t body = align_up(core::kHeaderSize + tail, page);
  return {body - tail, body, alignment};
}

std::size_t large_guard() noexcept {
  return guard_is_wide.load(std::memory_order_relaxed) ? kWideGuard : os::page_size();
}

std::size_t mapping_size_for(const LargeLayout& layout) noexcept {
  return large_guard() + layout.body_size + large_guard();
}

LargeMapping map_large(const LargeLayout& layout) noexcept {
  choose_guard();
  const std::size_t size = mapping_size_for(layout);
  if (!memory_budget.take(size)) return {};
  LargeMapping mapping = guarded_by_mappings(layout);
  if (!mapping.present()) mapping = guarded_otherwise(layout);
  if (!mapping.present()) memory_budget.give_back(size);
  return mapping.sealed();
}

bool unmap_large(const LargeMapping& mapping) noexcept {
  if (!mapping.holds()) return false;
  memory_budget.give_back(mapping.size());
  map_budget.give_back(mapping.maps);
  if (os::unmap(at(mapping.map_begin), mapping.size())) return true;
  empty_large(mapping);
  return false;
}

Closed close_large(LargeMapping& mapping) noexcept {
  if (!mapping.holds()) return Closed::kRefused;
  const std::uintptr_t needed = mapping.body_end + large_guard();
  if (needed < mapping.map_end && os::unmap(at(needed), mapping.map_end - needed)) {
    memory_budget.give_back(mapping.map_end - needed);
    mapping.map_end = needed;
    mapping = mapping.sealed();
  }
  if (os::protect(at(mapping.map_begin), mapping.size(), os::Protection::kNone)) return Closed::kKept;
  return os::install_guard(at(mapping.map_begin), mapping.size()) ? Closed::kEmptied : Closed::kRefused;
}

void empty_large(const LargeMapping& mapping) noexcept {
  if (mapping.holds()) os::discard_closed(at(mapping.map_begin), mapping.size());
}

bool open_large(LargeMapping& mapping, const LargeLayout& layout) noexcept {
  if (!mapping.holds()) return false;
  LargeMapping opened = mapping;
  opened.body_end = mapping.map_end - large_guard();
  opened.body_begin = opened.body_end - layout.body_size;
  if (!open_body(opened)) return false;
  count_maps(opened, kBodyAndTwoGuards);
  mapping = opened.sealed();
  return true;
}

bool set_body_end(LargeMapping& mapping, std::uintptr_t body_end) noexcept {
  if (!mapping.holds()) return false;
  if (body_end == mapping.body_end) return true;
  if (body_end > mapping.body_end) {
    const std::size_t more = body_end - mapping.body_end;
    if (!os::protect(at(mapping.body_end), more, os::Protection::kReadWrite)) return false;
  } else {
    const std::size_t less = mapping.body_end - body_end;
    if (!os::protect(at(body_end), less, os::Protection::kNone)) return false;
    os::discard_closed(at(body_end), less);
    count_maps(mapping, std::max(mapping.maps, kBodyAndTwoGuards));
  }
  mapping.body_end = body_end;
  mapping = mapping.sealed();
  return true;
}

}  // namespace padlock::runtime
