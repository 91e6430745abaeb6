// The levels of the depot's index: how large they are, and when they get their memory.
#include "trace/depot_index.h"

#include <algorithm>
#include <bit>

#include "os/memory.h"
#include "os/tables.h"

namespace padlock::trace {

// The last level alone has twice as many links as there are ids, to the next power of two: so few of its
// lines are full that no id is left without a line.
template <typename Take>
void DepotIndex::for_each_level(std::size_t ids, const Take& take) noexcept {
  const std::size_t lines = 2 * ids / DepotLine::kLinks;
  const auto last = static_cast<unsigned>(std::bit_width(std::max<std::size_t>(lines, 2) - 1));
  for (unsigned bits = kFirstBits; bits + kStepBits <= last; bits += kStepBits) take(bits);
  take(last);
}

std::size_t DepotIndex::bytes_for(std::size_t ids) noexcept {
  std::size_t lines = kSpill;
  for_each_level(ids, [&](unsigned bits) { lines += std::size_t{1} << bits; });
  return lines * sizeof(DepotLine);
}

void DepotIndex::init(std::size_t ids, void* (*map)(std::size_t)) noexcept {
  map_ = map;
  levels_ = 0;
  for_each_level(ids, [&](unsigned bits) { level_[levels_++].bits = bits; });
}

TraceId DepotIndex::add(std::uint64_t hash, TraceId id) noexcept {
  unsigned present = present_.load(std::memory_order_acquire);
  for (;;) {
    const TraceId found = present == 0 ? 0 : add_to_present(hash, id, present);
    if (found != 0 || present == levels_ || !map_level(present)) return found;
    present = present_.load(std::memory_order_acquire);
  }
}

TraceId DepotIndex::add_to_present(std::uint64_t hash, TraceId id, unsigned present) noexcept {
  const std::uint64_t tag = DepotLine::tag_of(hash);
  for (Search search(*this, hash, present);;) {
    if (const TraceId found = search.line().put(tag, id)) return found;
    if (!search.next()) return 0;
  }
}

// Of threads that do so at once, one's memory is used; all go on when the level is there.
bool DepotIndex::map_level(unsigned number) noexcept {
  Level& level = level_[number];
  const std::size_t spill = number + 1 == levels_ ? kSpill : 0;
  const std::size_t bytes = ((std::size_t{1} << level.bits) + spill) * sizeof(DepotLine);
  const std::size_t page = os::page_size();
  const std::size_t size = (bytes + page - 1) / page * page;
  if (level.lines.load(std::memory_order_acquire) == nullptr) {
    void* const memory = map_(size);
    if (memory == nullptr) return false;
    DepotLine* expected = nullptr;
    if (!level.lines.compare_exchange_strong(expected, static_cast<DepotLine*>(memory),
                                             std::memory_order_acq_rel)) {
      os::unmap_table(memory, size);
    }
  }
  unsigned before = number;
  present_.compare_exchange_strong(before, number + 1, std::memory_order_acq_rel);
  return true;
}

}  // namespace padlock::trace
