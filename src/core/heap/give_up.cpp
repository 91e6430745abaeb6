// Giving memory up: what is free at the top of a region becomes memory that was never allocated.
#include "core/heap/heap.h"

namespace padlock::core {

void Heap::give_up_tops(UnusedMemory& unused, FaultSink& faults) noexcept {
  for (Region& region : state_.regions) {
    const std::uint32_t before = region.top;
    give_up_top(region, faults);
    if (region.top != before) unused.on_unused({region.bytes_at(region.top), region.bytes_at(before)});
  }
}

/// Its last look at that memory, so all of it is verified.
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

}  // namespace padlock::core
