// Which holder serves a request, and where else to turn when it has no memory.
#include "runtime/calls/take.h"

#include <atomic>

#include "base/units.h"
#include "os/memory.h"
#include "os/memory_locks.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/reporting/notice.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMostWatched = 4_MiB;            // of pages of watched blocks that are live
constexpr std::size_t kMaxArenaAlignment = 64 * 1024;  // beyond, most of a segment would be lost

bool fits_segment(const core::AllocRequest& request) noexcept {
  return request.size <= most_in_segment() && request.alignment <= kMaxArenaAlignment;
}

// They have guard pages of their own.
bool is_guarded_anyway(const core::AllocRequest& request) noexcept {
  return request.size >= settings.large_threshold || request.alignment > kMaxArenaAlignment;
}

// Once there are very many large blocks, new ones go where they cost no mappings of their own.
bool is_large(const core::AllocRequest& request) noexcept {
  if (request.alignment > kMaxArenaAlignment) return true;
  return request.size >= settings.large_threshold && !(large_blocks.crowded() && fits_segment(request));
}

FreshMemory take_pages(const core::AllocRequest& request) noexcept {
  FreshMemory memory;
  memory.pointer = large_blocks.allocate(request, memory.zeroed);
  return memory;
}

// Limited memory is for what the program cannot do without.
void begin_guards(std::uint64_t number) noexcept {
  const bool limited = os::memory_limit() != SIZE_MAX || os::future_is_locked();
  if (limited || !guarded_blocks.begin()) return guard_sites.put_off(number);
  guard_sites.begin();
}

void count_of_all(const core::AllocRequest& request, bool guarded) noexcept {
  static constinit std::atomic<bool> told{false};
  guard_sites.count_all(guarded);
  if (guarded || told.exchange(true, std::memory_order_relaxed)) return;
  if (guard_sites.round() == 0) {
    warn("guard_all", "no block is guarded: memory is limited, or all of it is locked");
  } else if (!GuardedBlocks::can_hold(request)) {
    warn("guard_all", "blocks of more than 504 KiB, less than large_threshold_kb, are not guarded");
  } else if (!guarded_blocks.has_markers()) {
    warn("guard_all",
         "the kernel has no guard markers (Linux 6.13), and no more mappings: from now on only as many "
         "blocks are "
         "guarded as are freed");
  } else {
    warn("guard_all",
         "the memory for guarded blocks is used up: from now on only as many are guarded as are freed");
  }
}

// Of a site with very many live blocks, as many as there are pages for. Those that are too large for a
// guarded block are watched where they have pages of their own.
FreshMemory take_watched(const core::AllocRequest& request) noexcept {
  if (!GuardedBlocks::can_hold(request)) return take_pages(request);
  if (guarded_blocks.open_bytes() >= kMostWatched || !guarded_blocks.begin()) return {};
  return {guarded_blocks.allocate(request, watched_site.side()), true};
}

}  // namespace

void* take_guarded(const Entry& entry, const core::AllocRequest& request) noexcept {
  if (is_guarded_anyway(request)) return nullptr;
  if (guard_sites.is_beginning(request.by.number)) [[unlikely]]
    begin_guards(request.by.number);
  entry.follow_guard_round(guard_sites.round());
  void* memory = nullptr;
  if (guard_sites.is_due(request.by.trace, request.by.number)) {
    const std::int64_t begun = guard_sites.now();
    memory = guarded_blocks.allocate(request, guard_sites.count(request.by.trace));
    guard_sites.charge_since(begun);
  }
  if (guard_sites.guards_all()) count_of_all(request, memory != nullptr);
  return memory;
}

FreshMemory take_memory(const Entry& entry, const core::AllocRequest& request) noexcept {
  if (watched_site.is_on() && watched_site.takes(request.by)) [[unlikely]] {
    if (const FreshMemory memory = take_watched(request); memory.pointer != nullptr) return memory;
  }
  if (guard_sites.enabled()) {
    if (void* const memory = take_guarded(entry, request); memory != nullptr) return {memory, true};
  }
  const auto from_arenas = [&] {
    return arena_set.take_from_any(*entry.arena(),
                                   [&](Arena& arena) { return arena.allocate(request, entry.faults()); });
  };
  if (entry.has_cache() && core::BlockCache::serves(request)) [[likely]] {
    if (void* memory = take_cached(entry, request); memory != nullptr) [[likely]]
      return {memory, false};
  } else if (is_large(request)) {
    if (const FreshMemory memory = take_pages(request); memory.pointer != nullptr) return memory;
    if (!fits_segment(request)) return {};
    // The address space is used up by segments: there may be room in them.
    return {from_arenas(), false};
  }
  if (void* memory = from_arenas(); memory != nullptr) return {memory, false};
  large_blocks.flush_quarantine();  // its address space may be what is missing
  if (void* memory = from_arenas(); memory != nullptr) return {memory, false};
  return take_pages(request);  // where there is no room for a segment, a few pages may fit
}

}  // namespace padlock::runtime
