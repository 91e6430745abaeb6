// Lending blocks to caches and taking them back. A lent block is in no list here: its header says
// whether it is blank, quarantined or live, and the cache and the program change that without the heap.
#include <algorithm>

#include "core/block/pattern.h"
#include "core/cache/size_class.h"
#include "core/heap/heap.h"

namespace padlock::core {

std::size_t Heap::lend(std::uint32_t granules, std::span<BlockSlot> lent, std::uint64_t number,
                       FaultSink& faults) noexcept {
  observe_number(number);
  std::size_t count = lend_what_there_is(granules, lent, faults);
  if (count == 0 && state_.ready.count() != 0) {
    coalesce(SIZE_MAX, faults);
    count = lend_what_there_is(granules, lent, faults);
  }
  return count;
}

bool Heap::lend_aligned(std::uint32_t granules, std::size_t alignment, BlockSlot& lent, std::uint64_t number,
                        FaultSink& faults) noexcept {
  observe_number(number);
  if (lend_aligned_block(granules, alignment, lent, faults)) return true;
  if (state_.ready.count() == 0) return false;
  coalesce(SIZE_MAX, faults);
  return lend_aligned_block(granules, alignment, lent, faults);
}

bool Heap::lend_aligned_block(std::uint32_t granules, std::size_t alignment, BlockSlot& lent,
                              FaultSink& faults) noexcept {
  if (const Block used = take_best_fit(granules, alignment, faults); used.present()) {
    lent = lend_used(used);
    return true;
  }
  const Block blank = take_unallocated(granules, alignment, faults);
  if (!blank.present()) return false;
  lent = lend_blank(blank);
  return true;
}

std::size_t Heap::lend_what_there_is(std::uint32_t granules, std::span<BlockSlot> lent,
                                     FaultSink& faults) noexcept {
  std::size_t count = 0;
  while (count < lent.size()) {
    const Block ready = take_ready(granules, faults);
    if (ready.present()) {
      lent[count++] = lend_used(ready);
      continue;
    }
    const auto missing = static_cast<std::uint32_t>(lent.size() - count);
    const std::size_t cut = lend_run(granules, missing, lent.subspan(count), faults);
    if (cut == 0) break;
    count += cut;
  }
  return count;
}

// Blocks cut from one stretch, merged or never allocated; of as many as are missing, otherwise of one.
std::size_t Heap::lend_run(std::uint32_t granules, std::uint32_t missing, std::span<BlockSlot> lent,
                           FaultSink& faults) noexcept {
  for (std::uint32_t blocks = missing; blocks != 0; blocks = blocks == 1 ? 0 : 1) {
    if (const Block run = take_best_fit(granules * blocks, 0, faults); run.present()) {
      return slice(run, granules, lent, [this](const Block& block) { return lend_used(block); });
    }
    if (const Block run = take_unallocated(granules * blocks, 0, faults); run.present()) {
      return slice(run, granules, lent, [this](const Block& block) { return lend_blank(block); });
    }
  }
  return 0;
}

// Cuts `run`, which no index holds, in blocks of `granules`, the last of which may be longer.
template <typename Lend>
std::size_t Heap::slice(Block run, std::uint32_t granules, std::span<BlockSlot> lent, Lend lend) noexcept {
  std::size_t count = 0;
  while (run.granules >= 2 * granules && count + 1 < lent.size()) {
    const Block rest{run.region, run.granule + granules, run.granules - granules};
    run.region->starts.set(rest.granule);
    lent[count++] = lend({run.region, run.granule, granules});
    run = rest;
  }
  lent[count++] = lend(run);
  return count;
}

void Heap::count_lent(const Block& block) noexcept {
  ++state_.stats.live_blocks;
  state_.stats.live_bytes += block.capacity();
  state_.stats.live_block_bytes += std::size_t{block.granules} * kGranule;
}

void Heap::uncount_lent(const Block& block) noexcept {
  --state_.stats.live_blocks;
  uncount_live_bytes(block.capacity());
  state_.stats.live_block_bytes -= std::size_t{block.granules} * kGranule;
}

// Mended headers are guessed, so there may be more to take off than was counted. With caches, which count
// the rest, only the sum means something.
void Heap::uncount_live_bytes(std::size_t bytes) noexcept {
  state_.stats.live_bytes -= state_.has_caches() ? bytes : std::min(state_.stats.live_bytes, bytes);
}

// A block that was used before goes out poisoned, with what is known from its header, or from one that was
// merged here.
BlockSlot Heap::lend_used(const Block& block) noexcept {
  BlockFields fields;
  static_cast<void>(read_header(block.header(), state_.keys, fields));
  fields.granules = block.granules;
  fields.state = BlockState::kQuarantined;
  write_header(block.header(), fields, state_.keys);
  fill_poison(block.user(), block.user() + block.capacity(), state_.keys.poison);
  count_lent(block);
  return slot_of(block.header(), block.granules);
}

BlockSlot Heap::lend_blank(const Block& block) noexcept {
  BlockFields fields;
  fields.granules = block.granules;
  fields.state = BlockState::kBlank;
  write_header(block.header(), fields, state_.keys);
  fill_fresh(block.user(), block.user() + block.capacity());
  count_lent(block);
  return slot_of(block.header(), block.granules);
}

// What a slot says of its block, and what the block says.
struct Heap::PutAside {
  Block block;
  BlockFields fields;
  bool readable = false;
  bool gone = false;  // merged and cut anew, where another slot of it went home first
  bool condemned = false;
  bool overwritten = false;  // the slot itself was
  bool mismarked = false;    // the marks say something else than the slot and the block's header
  bool stale = false;        // another slot holds it too: two threads freed it at once
};

bool Heap::names_block(BlockSlot slot, const Region& region) noexcept {
  const std::uintptr_t address = address_of(slot.block);
  if (address % kGranule != 0 || slot.granules < kMinBlockGranules) return false;
  const std::uint32_t granule = region.granule_of(address);
  return granule < region.top && region.starts.test(granule) &&
         block_at(region, granule).granules == slot.granules;
}

// Whether a block's header says what the slot does, all of it.
bool Heap::fits(BlockSlot slot) const noexcept {
  const Region* const region = state_.regions.find(address_of(slot.block));
  if (region == nullptr || !names_block(slot, *region)) return false;
  BlockFields fields;
  return read_header(slot.block, state_.keys, fields) == HeaderVerdict::kIntact &&
         fields.granules == slot.granules && slot_of(slot.block, slot.granules).seal == slot.seal;
}

// What two threads did with a block has nothing to do with it where the slot fits but for one bit, or for one
// of its words, which seals of 32 bits make certain.
bool Heap::is_one_change_away(BlockSlot slot) const noexcept {
  for (std::uintptr_t bit = kGranule; bit != 0; bit <<= 1) {
    BlockSlot other = slot;
    other.block = reinterpret_cast<BlockHeader*>(address_of(slot.block) ^ bit);
    if (fits(other)) return true;
  }
  BlockSlot other = slot_of(slot.block, slot.granules);
  for (unsigned bit = 0; bit < 32; ++bit) {
    if ((other.seal ^ slot.seal) == 1U << bit && fits(other)) return true;
  }
  BlockFields fields;
  if (read_header(slot.block, state_.keys, fields) != HeaderVerdict::kIntact) return false;
  other = {slot.block, fields.granules, slot.seal};
  return fits(other);
}

void Heap::report_slot(BlockSlot slot, Moment moment, FaultSink& faults, Table table) noexcept {
  faults.on_fault(table_fault(table, address_of(slot.block), moment));
}

Heap::PutAside Heap::put_aside(BlockSlot slot) noexcept {
  PutAside aside;
  Region* const region = state_.regions.find(address_of(slot.block));
  aside.overwritten = region == nullptr || address_of(slot.block) % kGranule != 0 ||
                      !size_class::may_be_cached(slot.granules);
  if (aside.overwritten) return aside;
  const Block block{region, region->granule_of(slot.block), slot.granules};
  aside.block = block;
  aside.readable = read_header(slot.block, state_.keys, aside.fields) == HeaderVerdict::kIntact;
  aside.gone =
      !region->starts.test(block.granule) || block_at(*region, block.granule).granules != block.granules;
  aside.condemned = !aside.gone && region->condemned.test(block.granule);
  aside.stale = !aside.condemned &&
                (aside.gone || (aside.readable && slot_of(slot.block, slot.granules).seal != slot.seal));
  aside.overwritten = aside.stale && is_one_change_away(slot);
  aside.mismarked = aside.gone && aside.readable && aside.fields.granules == slot.granules &&
                    slot_of(slot.block, slot.granules).seal == slot.seal;
  return aside;
}

void Heap::verify_put_aside(BlockSlot slot, Moment moment, std::uint16_t first_thread,
                            FaultSink& faults) noexcept {
  const PutAside aside = put_aside(slot);
  if (aside.overwritten || aside.mismarked)
    return report_slot(slot, moment, faults, aside.mismarked ? Table::kMarks : Table::kSlots);
  if (!aside.stale || (aside.readable && aside.fields.free_thread < first_thread)) return;
  freed_twice_at_once(aside.block, aside.fields, moment, faults);
}

void Heap::verify_stock(const BlockStock& stock, Moment moment, std::uint16_t first_thread,
                        FaultSink& faults) noexcept {
  stock.for_each([&](BlockSlot slot) { verify_put_aside(slot, moment, first_thread, faults); });
}

void Heap::take_back(BlockSlot slot, Moment moment, FaultSink& faults) noexcept {
  auto [block, fields, readable, gone, condemned, overwritten, mismarked, stale] = put_aside(slot);
  if (overwritten || mismarked)
    return report_slot(slot, moment, faults, mismarked ? Table::kMarks : Table::kSlots);
  if (condemned) return take_back_condemned(block);
  if (stale) return freed_twice_at_once(block, fields, Moment::kFree, faults);
  const bool blank = readable && fields.state == BlockState::kBlank;
  if (blank) fill_poison(block.user(), block.user() + block.capacity(), state_.keys.poison);
  if (!sound_idle(block, block.end(), fields, moment, faults)) {
    if (!examiner_.is_lent(block)) uncount_lent(block);
    return;
  }
  uncount_lent(block);
  merge(block, blank ? BlockFields{} : fields, faults);
}

// Overrun, reported and condemned while a cache had it. The last slot of it is the one that counts.
void Heap::take_back_condemned(const Block& block) noexcept {
  if (examiner_.is_lent(block)) return;
  uncount_lent(block);
  state_.stats.condemned_bytes += std::size_t{block.granules} * kGranule;
}

// The block of a slot is not as it was put aside: another slot held it too, and it has been handed out from
// there.
void Heap::freed_twice_at_once(const Block& block, const BlockFields& fields, Moment moment,
                               FaultSink& faults) noexcept {
  FreeRequest request;
  request.origin = fields.origin;
  Fault fault = examiner_.not_live(block, request);
  fault.moment = moment;
  faults.on_fault(fault);
}

}  // namespace padlock::core
