// Moving large blocks: a place is reserved, the pages are moved there, and what is missing of the body is
// opened.
#include "runtime/large/large_move.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "os/memory.h"
#include "os/move.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime {
namespace {

// Guard, moved pages, new pages, guard and headroom. The moved ones may be several, as they were before.
constexpr std::uint32_t kMapsOfMoved = 4;

void* at(std::uintptr_t address) noexcept { return reinterpret_cast<void*>(address); }

bool unmap_range(std::uintptr_t begin, std::uintptr_t end) noexcept {
  return begin == end || os::unmap(at(begin), end - begin);
}

// Pages move by the table of 2 MiB, not one by one, where both places lie alike in their tables.
std::uintptr_t reserve_alike(std::uintptr_t body, std::size_t guard, std::size_t size) noexcept {
  const bool worth_it = size >= 2 * os::kHugePage;
  const std::size_t slack = worth_it ? os::kHugePage : 0;
  void* const memory = os::map(size + slack, os::Protection::kNone);
  if (memory == nullptr) return 0;
  const std::uintptr_t mapped = address_of(memory);
  if (!worth_it) return mapped;
  const std::uintptr_t begin = mapped + (body - guard - mapped) % os::kHugePage;
  unmap_range(mapped, begin);
  unmap_range(begin + size, mapped + size + slack);
  return begin;
}

LargeMapping reserve(const LargeMapping& from, std::size_t body_size, std::size_t headroom) noexcept {
  const std::size_t guard = large_guard();
  const std::size_t size = guard + body_size + guard + headroom;
  if (!memory_budget.take(size)) return {};
  const std::uintptr_t begin = reserve_alike(from.body_begin, guard, size);
  if (begin == 0) {
    memory_budget.give_back(size);
    return {};
  }
  return LargeMapping{begin, begin + size, begin + guard, begin + guard + body_size, kMapsOfMoved, 0}
      .sealed();
}

void unmap_around(const LargeMapping& mapping, std::uintptr_t torn_begin, std::size_t torn) noexcept {
  unmap_range(mapping.map_begin, torn_begin);
  unmap_range(torn_begin + torn, mapping.map_end);
  memory_budget.give_back(mapping.size());
}

bool open_rest(const LargeMapping& to, std::size_t moved) noexcept {
  const std::uintptr_t rest = to.body_begin + moved;
  return rest == to.body_end || os::protect(at(rest), to.body_end - rest, os::Protection::kReadWrite);
}

bool is_zero(const std::byte* bytes, std::size_t size) noexcept {
  return bytes[0] == std::byte{0} && std::memcmp(bytes, bytes + 1, size - 1) == 0;
}

}  // namespace

LargeMapping move_large(const LargeMapping& from, std::size_t body_size, std::size_t headroom) noexcept {
  if (!from.holds() || !map_budget.take(kMapsOfMoved)) return {};
  if (!os::can_spare(headroom, body_size)) headroom = 0;
  LargeMapping to = reserve(from, body_size, headroom);
  if (!to.present()) to = reserve(from, body_size, 0);
  if (to.present()) {
    const std::size_t wanted = std::min(from.body_size(), body_size);
    const os::MovedPages moved = os::move_pages(from.body_begin, wanted, to.body_begin);
    if (moved.bytes == wanted && open_rest(to, wanted)) return to;
    os::move_pages(to.body_begin, moved.bytes, from.body_begin);
    unmap_around(to, to.body_begin + moved.bytes, moved.torn);
  }
  map_budget.give_back(kMapsOfMoved);
  return {};
}

void copy_to_zeroed(std::uintptr_t to, std::uintptr_t from, std::size_t size) noexcept {
  const std::uintptr_t page = os::page_size();
  for (std::size_t done = 0; done < size;) {
    const std::uintptr_t source = from + done;
    const std::size_t piece = std::min(size - done, align_down(source, page) + page - source);
    const auto* const bytes = reinterpret_cast<const std::byte*>(source);
    if (!is_zero(bytes, piece)) std::memcpy(at(to + done), bytes, piece);
    done += piece;
  }
}

}  // namespace padlock::runtime
