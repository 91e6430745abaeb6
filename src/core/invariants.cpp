// Heap::check(): every invariant of docs/INVARIANTS.md, over every block and every index.
#include "core/heap.h"
#include "core/pattern.h"

namespace padlock::core {

/// What was counted on the way, to be held against what the heap believes.
struct Heap::Census {
  std::size_t faults = 0;
  std::size_t live_blocks = 0;
  std::size_t live_block_bytes = 0;
  std::size_t quarantined_blocks = 0;
  std::size_t listed_blocks = 0;
  std::size_t condemned_bytes = 0;
  std::uintptr_t overrun = 0;   // a header already blamed on the block before it
  std::uintptr_t free_end = 0;  // where the last free block ended

  void report(const Fault& fault, FaultSink& sink) noexcept {
    ++faults;
    overrun = fault.neighbour.header;
    sink.on_fault(fault);
  }
};

std::size_t Heap::check(Moment moment, FaultSink& faults) const noexcept {
  Census census;
  for (Region* region = regions_.first(); region != nullptr; region = region->next) {
    check_region(*region, moment, census, faults);
  }
  // Counts mean something only where every header could be read.
  const bool tally = census.live_blocks == stats_.live_blocks &&
                     census.live_block_bytes == stats_.live_block_bytes &&
                     census.quarantined_blocks == quarantine_.count() &&
                     census.listed_blocks == ready_.count() + free_.count() &&
                     census.condemned_bytes == stats_.condemned_bytes;
  if (census.faults == 0 && !tally) {
    Fault fault;
    fault.kind = FaultKind::kMetadataCorruption;
    fault.moment = moment;
    census.report(fault, faults);
  }
  return census.faults;
}

void Heap::check_region(Region& region, Moment moment, Census& census, FaultSink& faults) const noexcept {
  std::uint32_t start = region.top == 0 ? region.top : region.starts.first_in(0, region.top);
  if (start != 0) {  // blocks tile a region from its base to its top
    Fault fault;
    fault.kind = FaultKind::kMetadataCorruption;
    fault.moment = moment;
    fault.address = region.base();
    census.report(fault, faults);
  }
  while (start < region.top) {
    const Block block = block_at(region, start);
    check_block(block, moment, census, faults);
    start = block.end();
  }
}

void Heap::check_block(const Block& block, Moment moment, Census& census, FaultSink& faults) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) != HeaderVerdict::kIntact) {
    if (census.overrun != address_of(block.header())) census.report(damaged_header(block, moment), faults);
    return;
  }
  if (fields.granules != block.granules || block.granules < kMinBlockGranules ||
      (fields.state == BlockState::kLive && fields.requested + kMinPadding > block.capacity())) {
    census.report(fault_at(FaultKind::kMetadataCorruption, moment, block), faults);
    return;
  }
  const std::size_t bytes = std::size_t{block.granules} * kGranule;
  switch (fields.state) {
    case BlockState::kLive:
      ++census.live_blocks;
      census.live_block_bytes += bytes;
      if (!canary_intact(block.user(), fields.requested, block.capacity(),
                         canary_of(address_of(block.user()), keys_))) {
        census.report(damaged_padding(block, moment), faults);
      }
      break;
    case BlockState::kCondemned:
      census.condemned_bytes += bytes;
      break;
    default:
      check_idle(block, fields, moment, census, faults);
  }
}

void Heap::check_idle(const Block& block, const BlockFields& fields, Moment moment, Census& census,
                      FaultSink& faults) const noexcept {
  const bool listed = block.region->idle.test(block.granule);
  if (listed != (fields.state != BlockState::kQuarantined)) {
    census.report(fault_at(FaultKind::kMetadataCorruption, moment, block), faults);
    return;
  }
  if (fields.state == BlockState::kFree) {
    const auto begin = address_of(block.header());
    if (begin == census.free_end)
      census.report(fault_at(FaultKind::kMetadataCorruption, moment, block), faults);
    census.free_end = begin + std::uintptr_t{block.granules} * kGranule;
  }
  std::uint32_t poisoned_from = block.granule + kHeaderGranules;
  bool links_hold = true;
  if (listed) {
    ++census.listed_blocks;
    ++poisoned_from;
    const FreeIndex& index = fields.state == BlockState::kReady ? ready_ : free_;
    links_hold = index.verify_links(block.header(), block.granules) != block.header();
  } else {
    ++census.quarantined_blocks;
  }
  if (links_hold && poison_holds(block, poisoned_from, block.end())) return;
  const std::uintptr_t user = address_of(block.user());
  census.report(damaged_idle(block, {user, user + block.capacity()}, moment), faults);
}

}  // namespace padlock::core
