// Mapping, growing and moving large blocks.
#include "runtime/large_mapping.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/arith.h"
#include "core/layout.h"
#include "os/memory.h"
#include "runtime/memory_budget.h"

namespace padlock::runtime {
namespace {

// Each costs the kernel two to four mappings, and the program needs some too.
constexpr std::size_t kMostGuarded = 14000;
constinit std::atomic<std::size_t> guarded_mappings{0};

void* at(std::uintptr_t address) noexcept { return reinterpret_cast<void*>(address); }

// [guard | body | guard + headroom], nothing accessible yet; the user address aligned as asked for.
LargeMapping reserve(const LargeLayout& layout, std::size_t headroom, os::Protection protection) noexcept {
  const std::size_t page = os::page_size();
  const std::size_t size = page + layout.body_size + page + headroom;
  const std::size_t slack = layout.alignment > page ? layout.alignment : 0;
  void* const memory = os::map(size + slack, protection);
  if (memory == nullptr) return {};
  const std::uintptr_t mapped = core::address_of(memory);
  std::uintptr_t begin = mapped;
  if (slack != 0) {
    const std::uintptr_t lead = page + layout.user_offset;
    begin = core::align_up(mapped + lead, std::uintptr_t{layout.alignment}) - lead;
    if (begin != mapped) os::unmap(memory, begin - mapped);
    if (mapped + slack != begin) os::unmap(at(begin + size), mapped + slack - begin);
  }
  return {begin, begin + size, begin + page, begin + page + layout.body_size, false};
}

LargeMapping reserve_counted(const LargeLayout& layout, std::size_t headroom,
                             os::Protection protection) noexcept {
  const std::size_t size = 2 * os::page_size() + layout.body_size + headroom;
  if (!memory_budget.take(size)) return {};
  LargeMapping mapping = reserve(layout, headroom, protection);
  if (!mapping.present()) memory_budget.give_back(size);
  mapping.guarded = mapping.present() && protection == os::Protection::kNone;
  if (mapping.guarded) guarded_mappings.fetch_add(1, std::memory_order_relaxed);
  return mapping;
}

void account_for_unmapped(const LargeMapping& mapping) noexcept {
  memory_budget.give_back(mapping.size());
  if (mapping.guarded) guarded_mappings.fetch_sub(1, std::memory_order_relaxed);
}

bool move_pages(const LargeMapping& from, const LargeMapping& to) noexcept {
  return os::move_pages(at(from.body_begin), from.body_end - from.body_begin, at(to.body_begin),
                        to.body_end - to.body_begin);
}

// The kernel moves one mapping of its own at a time, and a body that was moved and has grown is two.
bool copy_pages(const LargeMapping& from, const LargeMapping& to) noexcept {
  const std::size_t size = to.body_end - to.body_begin;
  if (!os::protect(at(to.body_begin), size, os::Protection::kReadWrite)) return false;
  std::memcpy(at(to.body_begin), at(from.body_begin), std::min(size, from.body_end - from.body_begin));
  return true;
}

// Keeps the place of moved pages reserved, so that a stale pointer traps instead of meeting somebody else's
// memory. Another thread may just have been given it: false then, and nothing of the old mapping is left.
bool reserve_again(const LargeMapping& from) noexcept {
  const std::size_t size = from.body_end - from.body_begin;
  if (os::map_reserved_at(at(from.body_begin), size)) return true;
  os::unmap(at(from.map_begin), from.body_begin - from.map_begin);
  os::unmap(at(from.body_end), from.map_end - from.body_end);
  account_for_unmapped(from);
  return false;
}

}  // namespace

LargeLayout layout_large(std::size_t size, std::size_t alignment, std::size_t page) noexcept {
  alignment = std::max(alignment, core::kGranule);
  if (alignment > page) {
    return {page, page + core::align_up(size + core::kMinPadding, page), alignment};
  }
  const std::size_t tail = core::align_up(size + core::kMinPadding, alignment);
  const std::size_t body = core::align_up(core::kHeaderSize + tail, page);
  return {body - tail, body, alignment};
}

LargeMapping map_large(const LargeLayout& layout, std::size_t headroom) noexcept {
  if (guarded_mappings.load(std::memory_order_relaxed) < kMostGuarded) {
    LargeMapping mapping = reserve_counted(layout, headroom, os::Protection::kNone);
    if (!mapping.present()) return {};
    if (os::protect(at(mapping.body_begin), layout.body_size, os::Protection::kReadWrite)) {
      return mapping;
    }
    unmap_large(mapping);
  }
  // Without guards neighbours can be one mapping to the kernel.
  return reserve_counted(layout, 0, os::Protection::kReadWrite);
}

void unmap_large(const LargeMapping& mapping) noexcept {
  os::unmap(at(mapping.map_begin), mapping.size());
  account_for_unmapped(mapping);
}

bool seal_off(const LargeMapping& mapping) noexcept {
  const std::size_t size = mapping.body_end - mapping.body_begin;
  os::discard(at(mapping.body_begin), size);
  return os::protect(at(mapping.body_begin), size, os::Protection::kNone);
}

bool set_body_end(LargeMapping& mapping, std::uintptr_t body_end) noexcept {
  if (body_end > mapping.body_end) {
    const std::size_t more = body_end - mapping.body_end;
    if (!os::protect(at(mapping.body_end), more, os::Protection::kReadWrite)) return false;
  } else if (body_end < mapping.body_end) {
    const std::size_t less = mapping.body_end - body_end;
    if (!os::protect(at(body_end), less, os::Protection::kNone)) return false;
    os::discard(at(body_end), less);
  }
  mapping.body_end = body_end;
  return true;
}

LargeMapping move_large(const LargeMapping& from, std::size_t body_size, std::size_t headroom,
                        bool& from_reserved) noexcept {
  const LargeLayout layout{0, body_size, os::page_size()};
  LargeMapping to = reserve_counted(layout, headroom, os::Protection::kNone);
  if (!to.present() && headroom != 0) to = reserve_counted(layout, 0, os::Protection::kNone);
  if (!to.present()) return {};
  if (move_pages(from, to)) {
    from_reserved = reserve_again(from);
    return to;
  }
  if (copy_pages(from, to)) {
    from_reserved = seal_off(from);
    if (!from_reserved) unmap_large(from);
    return to;
  }
  unmap_large(to);
  return {};
}

}  // namespace padlock::runtime
