// Blocks that nobody owns: into and out of the quarantine, into the indices, merged with their neighbours.
#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {

void Heap::retire(const Block& block, BlockFields fields, const Caller& by, FaultSink& faults) noexcept {
  fields.granules = block.granules;
  fields.state = BlockState::kQuarantined;
  fields.free_trace = by.trace;
  fields.free_thread = by.thread;
  write_header(block.header(), fields, keys_);
  fill_idle(block.user(), block.user() + block.capacity(), keys_.poison);
  if (!quarantine_.accepts()) {
    make_idle(block, fields, BlockState::kReady, faults);
  } else {
    quarantine_.push({block.header(), block.granules});
    while (!quarantine_.empty() && quarantine_.over_limit()) evict_oldest(Verified::kStart, faults);
  }
  settle(faults);
}

/// Keeps what waits to be merged bounded.
void Heap::settle(FaultSink& faults) noexcept {
  if (ready_.bytes() > config_.coalesce_pending_bytes) coalesce(config_.coalesce_batch, faults);
}

/// Of a block that only makes room for another, no more is verified than is written: its header and where its
/// links go. The rest is when it is handed out again, or merged.
void Heap::evict_oldest(Verified verified, FaultSink& faults) noexcept {
  const BlockSlot slot = quarantine_.pop_by_chance();
  Region* region = regions_.find(address_of(slot.block));
  const Block block{region, region->granule_of(slot.block), slot.granules};
  const std::uint32_t end = verified == Verified::kStart ? block.granule + kMinBlockGranules : block.end();
  BlockFields fields;
  if (sound_idle(block, end, fields, Moment::kEviction, faults)) {
    make_idle(block, fields, BlockState::kReady, faults);
  }
}

/// Verifies a poisoned block that nothing holds, up to the granule `end`. If it is damaged there, all of its
/// damage is reported and it is put aside.
bool Heap::sound_idle(const Block& block, std::uint32_t end, BlockFields& fields, Moment moment,
                      FaultSink& faults) noexcept {
  const bool readable = read_header(block.header(), keys_, fields) == HeaderVerdict::kIntact;
  if (readable && poison_holds(block, block.granule + kHeaderGranules, end)) return true;
  evicting_ = block.header();  // it is still poisoned and nobody's, whatever its header says
  const std::uintptr_t user = address_of(block.user());
  report(
      readable ? damaged_idle(block, {user, user + block.capacity()}, moment) : damaged_header(block, moment),
      block, faults);
  evicting_ = nullptr;
  condemn(block);
  return false;
}

void Heap::flush_quarantine(FaultSink& faults) noexcept {
  while (!quarantine_.empty()) evict_oldest(Verified::kAll, faults);
  settle(faults);
}

/// A block that no index holds may turn out to have overrun another one whose damage is told meanwhile. Then
/// it has been put aside.
bool Heap::still_held(const Block& block) noexcept {
  return block.present() && !block.region->condemned.test(block.granule);
}

/// Gives a block (poisoned, in no index) to the index of its state.
void Heap::make_idle(const Block& block, BlockFields fields, BlockState state, FaultSink& faults) noexcept {
  fields.granules = block.granules;
  fields.state = state;
  write_header(block.header(), fields, keys_);
  block.region->starts.set(block.granule);
  drop_ghosts(*block.region, block.granule, block.granule + kMinBlockGranules);
  FreeIndex& index = state == BlockState::kReady ? ready_ : free_;
  while (BlockHeader* damaged = index.insert(block.header(), block.granules)) {
    drop_damaged(damaged, Moment::kCoalesce, faults);
    if (!still_held(block)) return;
  }
}

/// Takes a block out of the index of its state; false (and reported) if something there is damaged.
bool Heap::unlist(const Block& block, BlockState state, Moment moment, FaultSink& faults) noexcept {
  FreeIndex& index = state == BlockState::kReady ? ready_ : free_;
  BlockHeader* damaged = index.remove(block.header(), block.granules);
  if (damaged == nullptr) return true;
  drop_damaged(damaged, moment, faults);
  return false;
}

/// Clears the ghosts whose headers reach into [begin, end); what remains of them outside is poisoned.
void Heap::drop_ghosts(Region& region, std::uint32_t begin, std::uint32_t end) noexcept {
  const std::uint32_t from = begin == 0 ? 0 : begin - 1;
  std::uint32_t ghost = region.ghosts.first_in(from, end);
  for (; ghost != Bitmap::kNone; ghost = region.ghosts.first_in(ghost + 1, end)) {
    region.ghosts.clear(ghost);
    if (ghost < begin) fill_poison(region.bytes_at(ghost), region.bytes_at(begin), keys_.poison);
    if (ghost + kHeaderGranules > end) {
      fill_poison(region.bytes_at(end), region.bytes_at(ghost + kHeaderGranules), keys_.poison);
    }
  }
}

std::size_t Heap::coalesce(std::size_t max_blocks, FaultSink& faults) noexcept {
  std::size_t merged = 0;
  while (merged < max_blocks) {
    const FreeIndex::Hit hit = ready_.any();
    if (hit.damaged != nullptr) {
      drop_damaged(hit.damaged, Moment::kCoalesce, faults);
      continue;
    }
    if (hit.block == nullptr) break;
    Region* region = regions_.find(address_of(hit.block));
    const Block block{region, region->granule_of(hit.block), hit.granules};
    if (!unlist(block, BlockState::kReady, Moment::kCoalesce, faults)) continue;
    BlockFields fields;
    if (!sound_idle(block, block.end(), fields, Moment::kCoalesce, faults)) continue;
    merge(block, fields, faults);
    ++merged;
  }
  return merged;
}

/// The block `candidate` taken out of its index if it is sound and `state`, else an absent block.
Block Heap::claim_idle(const Block& candidate, BlockState state, BlockFields& fields, Moment moment,
                       FaultSink& faults) noexcept {
  if (!candidate.present()) return {};
  // Each failed attempt has put at least one damaged block aside, so this ends.
  while (candidate.region->idle.test(candidate.granule)) {
    if (read_header(candidate.header(), keys_, fields) != HeaderVerdict::kIntact) {
      drop_damaged(candidate.header(), moment, faults);
    } else if (fields.state != state) {
      return {};
    } else if (unlist(candidate, state, moment, faults)) {
      return candidate;
    }
  }
  return {};
}

/// Merges a block that no index holds with its free neighbours and lists the whole as free. A neighbour that
/// is only ready waits for its own turn, when it finds this one free: so one call does bounded work.
void Heap::merge(const Block& block, BlockFields fields, FaultSink& faults) noexcept {
  Block whole = block;
  BlockFields other;
  const Block after = claim_idle(block_after(block), BlockState::kFree, other, Moment::kCoalesce, faults);
  if (!still_held(block)) return;
  const Block before = claim_idle(block_before(block), BlockState::kFree, other, Moment::kCoalesce, faults);
  if (still_held(after)) {
    block.region->starts.clear(after.granule);
    block.region->ghosts.set(after.granule);
    whole.granules += after.granules;
  }
  if (before.present()) {
    block.region->starts.clear(block.granule);
    block.region->ghosts.set(block.granule);
    whole = {block.region, before.granule, before.granules + whole.granules};
    fields = other;
  }
  make_idle(whole, fields, BlockState::kFree, faults);
}

}  // namespace padlock::core
