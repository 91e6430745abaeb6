// Giving memory up: what is free at the top of a region becomes memory that was never allocated; of a free
// block further down, whole chunks become zeros. And shortening regions to what was ever allocated.
#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {

void Heap::give_up_tops(UnusedMemory& unused, FaultSink& faults) noexcept {
  for (Region& region : state_.regions) {
    const std::uint32_t before = region.top;
    give_up_top(region, faults);
    if (region.top == before) continue;
    unused.on_unused({region.bytes_at(region.top), region.bytes_at(before)});
    const std::size_t left = unused.close({region.bytes_at(region.top), region.bytes_at(region.open())});
    region.open_to(region.top + static_cast<std::uint32_t>(left / kGranule));
  }
}

// Its last look at that memory, so all of it is verified.
void Heap::give_up_top(Region& region, FaultSink& faults) noexcept {
  if (region.top == 0) return;
  const Block last = block_at(region, region.start_of(region.top - 1));
  BlockFields fields;
  if (!claim_idle(last, BlockState::kFree, fields, Moment::kCoalesce, faults).present()) return;
  if (!examiner_.poison_holds(last, last.granule + kHeaderGranules, last.end())) {
    put_aside_damaged(last, fields, faults);
    return;
  }
  drop_ghosts(region, last.granule, last.end(), state_.keys.poison);
  region.starts.clear(last.granule);
  region.top = last.granule;
}

void Heap::give_up_ends(UnallocatedEnds& ends) noexcept {
  for (Region& region : state_.regions) {
    if (region.top == region.granules()) continue;
    const std::size_t left = ends.cut({region.bytes_at(region.top), region.bytes_at(region.granules())});
    region.end_at(region.top + static_cast<std::uint32_t>(left / kGranule));
  }
}

void Heap::give_up_insides(UnusedMemory& unused, FaultSink& faults) noexcept {
  for (Region& region : state_.regions) {
    std::uint32_t start = region.idle.first_in(0, region.top);
    while (start != Bitmap::kNone) {
      const Block block = block_at(region, start);
      if (!give_up_inside(block, unused)) {
        BlockFields fields;
        const Block claimed = claim_idle(block, BlockState::kFree, fields, Moment::kCoalesce, faults);
        if (claimed.present()) put_aside_damaged(claimed, fields, faults);
      }
      start = region.idle.first_in(block.end(), region.top);
    }
  }
}

// Of a free block, all whole chunks behind its links that are not zero already. False where one is damaged.
bool Heap::give_up_inside(const Block& block, UnusedMemory& unused) noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) != HeaderVerdict::kIntact)
    return true;  // found elsewhere
  if (fields.state != BlockState::kFree) return true;
  const std::uintptr_t end = align_down(end_of(block), std::uintptr_t{kZeroChunk});
  // The second half of a merged block's header may begin there; its first word can be zero, never both.
  const auto holds_zeros = [](std::uintptr_t chunk) {
    const auto* const begin = reinterpret_cast<const std::byte*>(chunk);
    return load_word(begin) == 0 && load_word(begin + sizeof(std::uint64_t)) == 0;
  };
  std::uintptr_t begin = chunk_end(address_of(block.user()) + sizeof(IdleLinks));
  while (begin < end) {
    std::uintptr_t row_end = begin;
    while (row_end < end && !holds_zeros(row_end)) row_end += kZeroChunk;
    if (begin != row_end && !give_up_chunks(block, {begin, row_end}, unused)) return false;
    begin = row_end + kZeroChunk;
  }
  return true;
}

// The last look at the headers of merged blocks there, so all of it is verified.
bool Heap::give_up_chunks(const Block& block, AddressRange chunks, UnusedMemory& unused) noexcept {
  Region& region = *block.region;
  const std::uint32_t begin = region.granule_of(chunks.begin);
  const std::uint32_t end = begin + static_cast<std::uint32_t>((chunks.end - chunks.begin) / kGranule);
  const bool cuts_header = region.ghosts.test(begin - 1);
  if (!examiner_.poison_holds(block, cuts_header ? begin - 1 : begin, end)) return false;
  drop_ghosts(region, begin, end, state_.keys.poison);
  unused.on_unused({region.bytes_at(begin), region.bytes_at(end)});
  return true;
}

}  // namespace padlock::core
