// Heap::check(): every invariant of docs/INVARIANTS.md, over every block and every index.
#include "core/block/pattern.h"
#include "core/heap/heap.h"
#include "core/heap/rare_marks.h"

namespace padlock::core {

/// What was counted on the way, to be held against what the heap believes.
struct Heap::Census {
  Moment moment;
  FaultSink& sink;
  std::uint32_t first_thread;
  std::size_t faults = 0;
  std::size_t live_blocks = 0;
  std::size_t live_block_bytes = 0;
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;
  std::size_t blank_blocks = 0;
  std::size_t blank_bytes = 0;
  std::size_t listed_blocks = 0;
  std::size_t condemned_bytes = 0;
  std::uintptr_t told_end = 0;  // damage up to here has been reported
  std::uintptr_t free_end = 0;  // where the last free block ended

  /// Whether what the block holds is left out: none of the threads that count allocated or freed it. A thread
  /// of index 0 is not known.
  [[nodiscard]] bool passes_over(const BlockFields& fields) const noexcept {
    return fields.alloc_thread != 0 && fields.alloc_thread < first_thread &&
           fields.free_thread < first_thread;
  }

  void report(const Fault& fault) noexcept {
    ++faults;
    told_end = fault.damage.address + fault.damage.length;
    sink.on_fault(fault);
  }
};

std::size_t Heap::check(Moment moment, FaultSink& faults, std::uint16_t first_thread) const noexcept {
  Census census{moment, faults, first_thread};
  for (Region* region = regions_.first(); region != nullptr; region = region->next) {
    check_region(*region, census);
  }
  check_quarantine(census);
  // Counts mean something only where every header could be read.
  const bool tally = (config_.is_cached != nullptr ? tallies_with_caches(census) : tallies(census)) &&
                     census.listed_blocks == ready_.count() + free_.count() &&
                     census.condemned_bytes == stats_.condemned_bytes;
  if (census.faults == 0 && !tally) {
    Fault fault;
    fault.kind = FaultKind::kMetadataCorruption;
    fault.moment = moment;
    census.report(fault);
  }
  return census.faults;
}

bool Heap::tallies(const Census& census) const noexcept {
  return census.live_blocks == stats_.live_blocks && census.live_block_bytes == stats_.live_block_bytes &&
         census.quarantined_blocks == quarantine_.count() && census.blank_blocks == 0;
}

/// Caches and program change lent blocks from blank to live to quarantined; their sum stays.
bool Heap::tallies_with_caches(const Census& census) const noexcept {
  return census.live_blocks + census.quarantined_blocks + census.blank_blocks ==
             stats_.live_blocks + quarantine_.count() &&
         census.live_block_bytes + census.quarantined_bytes + census.blank_bytes ==
             stats_.live_block_bytes + quarantine_.bytes();
}

void Heap::check_region(Region& region, Census& census) const noexcept {
  census.told_end = census.free_end = 0;
  std::uint32_t start = region.top == 0 ? region.top : region.starts.first_in(0, region.top);
  if (start != 0) {  // blocks tile a region from its base to its top
    Fault fault;
    fault.kind = FaultKind::kMetadataCorruption;
    fault.moment = census.moment;
    fault.address = region.base();
    census.report(fault);
  }
  RareMarks marks(region);
  while (start < region.top) {
    const Block block = block_at(region, start);
    __builtin_prefetch(region.bytes_at(block.end()));
    if (!marks.none_in(block) || !plainly_sound(block, census)) check_block(block, census);
    start = block.end();
  }
}

/// Counts a block without marks that is live or quarantined and sound; false, and nothing done, for any
/// other. What check_block() finds of such a block, in one go.
inline bool Heap::plainly_sound(const Block& block, Census& census) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) != HeaderVerdict::kIntact) return false;
  if (fields.granules != block.granules || block.granules < kMinBlockGranules) return false;
  const std::size_t bytes = std::size_t{block.granules} * kGranule;
  std::byte* const user = block.user();
  if (fields.state == BlockState::kLive) {
    if (fields.requested + kMinPadding > block.capacity()) return false;
    if (!census.passes_over(fields) &&
        !canary_intact(user, fields.requested, block.capacity(), canary_of(address_of(user), keys_)))
      return false;
    ++census.live_blocks;
    census.live_block_bytes += bytes;
    return true;
  }
  if (fields.state != BlockState::kQuarantined) return false;
  if (!census.passes_over(fields) && !poison_intact(user, user + block.capacity(), keys_.poison))
    return false;
  ++census.quarantined_blocks;
  census.quarantined_bytes += bytes;
  return true;
}

void Heap::check_block(const Block& block, Census& census) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) != HeaderVerdict::kIntact) {
    if (census.told_end <= address_of(block.header())) census.report(damaged_header(block, census.moment));
    return;
  }
  if (!bookkeeping_holds(block, fields)) {
    census.report(fault_at(FaultKind::kMetadataCorruption, census.moment, block));
    return;
  }
  const std::size_t bytes = std::size_t{block.granules} * kGranule;
  switch (fields.state) {
    case BlockState::kLive:
      ++census.live_blocks;
      census.live_block_bytes += bytes;
      if (!census.passes_over(fields) && !canary_intact(block.user(), fields.requested, block.capacity(),
                                                        canary_of(address_of(block.user()), keys_))) {
        census.report(damaged_padding(block, census.moment));
      }
      break;
    case BlockState::kCondemned:
      if (!is_lent(block)) {
        census.condemned_bytes += bytes;
        break;
      }
      [[fallthrough]];
    case BlockState::kBlank:
      ++census.blank_blocks;
      census.blank_bytes += bytes;
      break;
    default:
      check_idle(block, fields, census);
  }
}

/// What the header says agrees with what is known out of band.
bool Heap::bookkeeping_holds(const Block& block, const BlockFields& fields) const noexcept {
  const Region& region = *block.region;
  if (fields.granules != block.granules || block.granules < kMinBlockGranules) return false;
  if (fields.state > BlockState::kBlank) return false;
  if (fields.state == BlockState::kLive && fields.requested + kMinPadding > block.capacity()) return false;
  const bool listed = fields.state == BlockState::kReady || fields.state == BlockState::kFree;
  if (region.idle.test(block.granule) != listed) return false;
  if (region.condemned.test(block.granule) != (fields.state == BlockState::kCondemned)) return false;
  const std::uint32_t inside = block.granule + 1;
  const std::uint32_t ghost = region.ghosts.first_in(block.granule, block.end());
  return region.idle.first_in(inside, block.end()) == Bitmap::kNone &&
         region.condemned.first_in(inside, block.end()) == Bitmap::kNone &&
         (ghost == Bitmap::kNone ||
          (fields.state == BlockState::kFree && ghost >= block.granule + kMinBlockGranules));
}

void Heap::check_idle(const Block& block, const BlockFields& fields, Census& census) const noexcept {
  const bool listed = block.region->idle.test(block.granule);
  if (fields.state == BlockState::kFree) {
    const auto begin = address_of(block.header());
    if (begin == census.free_end) {
      census.report(fault_at(FaultKind::kMetadataCorruption, census.moment, block));
    }
    census.free_end = begin + std::uintptr_t{block.granules} * kGranule;
  }
  std::uint32_t poisoned_from = block.granule + kHeaderGranules;
  bool links_hold = true;
  if (listed) {
    ++census.listed_blocks;
    ++poisoned_from;
    links_hold = listed_soundly(block);
  } else {
    ++census.quarantined_blocks;
    census.quarantined_bytes += std::size_t{block.granules} * kGranule;
  }
  if (links_hold &&
      (all_passed_over(block, fields, census) || poison_holds(block, poisoned_from, block.end())))
    return;
  const std::uintptr_t user = address_of(block.user());
  census.report(damaged_idle(block, {user, user + block.capacity()}, census.moment));
}

/// Of a block that was merged, its parts too: their headers have stayed as ghosts.
bool Heap::all_passed_over(const Block& block, const BlockFields& fields,
                           const Census& census) const noexcept {
  if (!census.passes_over(fields)) return false;
  const Bitmap& ghosts = block.region->ghosts;
  for (std::uint32_t ghost = ghosts.first_in(block.granule, block.end()); ghost != Bitmap::kNone;
       ghost = ghosts.first_in(ghost + 1, block.end())) {
    BlockFields part;
    const auto* header = reinterpret_cast<const BlockHeader*>(block.region->bytes_at(ghost));
    if (read_header(header, keys_, part) != HeaderVerdict::kIntact || !census.passes_over(part)) return false;
    if (ghost + 1 >= block.end()) break;
  }
  return true;
}

/// Every slot names a block, and a quarantined one if its header can be read.
void Heap::check_quarantine(Census& census) const noexcept {
  for (std::size_t i = 0; i < quarantine_.count(); ++i) {
    const BlockSlot& slot = quarantine_.peek(i);
    const auto address = address_of(slot.block);
    const Region* region = regions_.find(address);
    Fault fault;
    fault.kind = FaultKind::kMetadataCorruption;
    fault.moment = census.moment;
    fault.address = address;
    if (region == nullptr || address % kGranule != 0 || !region->starts.test(region->granule_of(address))) {
      census.report(fault);
      continue;
    }
    BlockFields fields;
    if (read_header(slot.block, keys_, fields) != HeaderVerdict::kIntact) continue;  // reported already
    if (fields.state != BlockState::kQuarantined || fields.granules != slot.granules) census.report(fault);
  }
}

}  // namespace padlock::core
