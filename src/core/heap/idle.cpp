// Blocks without an owner: into and out of the quarantine, into the indices, merged with their neighbours.
#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {
namespace {

// A block that no index holds may turn out to have overrun another one whose damage is reported in the
// meantime. Then it has been put aside.
bool still_held(const Block& block) noexcept {
  return block.present() && !block.region->condemned.test(block.granule);
}

}  // namespace

void Heap::retire(const Block& block, BlockFields fields, const Caller& by, FaultSink& faults) noexcept {
  fields.granules = block.granules;
  fields.state = BlockState::kQuarantined;
  fields.free_trace = by.trace;
  fields.free_thread = by.thread;
  write_header(block.header(), fields, state_.keys);
  fill_idle(block.user(), block.user() + block.capacity(), state_.keys.poison);
  if (!state_.quarantine.accepts()) {
    make_idle(block, fields, BlockState::kReady, faults);
  } else {
    state_.quarantine.push({block.header(), block.granules});
    while (!state_.quarantine.empty() && state_.quarantine.over_limit())
      evict_oldest(Verified::kStart, faults);
  }
  settle(faults);
}

// Keeps the bytes of ready blocks bounded.
void Heap::settle(FaultSink& faults) noexcept {
  if (state_.ready.bytes() > coalesce_ready_bytes_) coalesce(coalesce_batch_, faults);
}

// Of a block that only makes room for another, no more is verified than is written: its header and where its
// links go. The rest is when it is handed out again, or merged.
void Heap::evict_oldest(Verified verified, FaultSink& faults) noexcept {
  const BlockSlot slot = state_.quarantine.pop_by_chance();
  Region* region = state_.regions.find(address_of(slot.block));
  if (region == nullptr || !names_block(slot, *region)) return report_slot(slot, Moment::kEviction, faults);
  const Block block{region, region->granule_of(slot.block), slot.granules};
  const std::uint32_t end = verified == Verified::kStart ? block.granule + kMinBlockGranules : block.end();
  BlockFields fields;
  if (sound_idle(block, end, fields, Moment::kEviction, faults)) {
    make_idle(block, fields, BlockState::kReady, faults);
  }
}

// Verifies a poisoned block that nothing holds, up to the granule `end`. If it is damaged there, all of its
// damage is reported and it is put aside.
bool Heap::sound_idle(const Block& block, std::uint32_t end, BlockFields& fields, Moment moment,
                      FaultSink& faults) noexcept {
  const bool readable = read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact;
  if (readable && examiner_.poison_holds(block, block.granule + kHeaderGranules, end)) return true;
  state_.evicting = block.header();  // it is still poisoned and has no owner, whatever its header says
  mender_.report(readable ? examiner_.damaged_idle(block, moment) : examiner_.damaged_header(block, moment),
                 block, faults);
  state_.evicting = nullptr;
  mender_.condemn(block);
  return false;
}

void Heap::flush_quarantine(FaultSink& faults) noexcept {
  while (!state_.quarantine.empty()) evict_oldest(Verified::kAll, faults);
  settle(faults);
}

// Gives a block (poisoned, in no index) to the index of its state. One look drops all that is damaged there:
// where that was not enough the index cannot read its own links, and the block is put aside.
void Heap::make_idle(const Block& block, BlockFields fields, BlockState state, FaultSink& faults) noexcept {
  fields.granules = block.granules;
  fields.state = state;
  write_header(block.header(), fields, state_.keys);
  block.region->starts.set(block.granule);
  drop_ghosts(*block.region, block.granule, block.granule + kMinBlockGranules, state_.keys.poison);
  FreeIndex& index = state_.index_of(state);
  const BlockHeader* const damaged = index.insert(block.header(), block.granules);
  if (damaged == nullptr) return;
  mender_.drop_damaged(damaged, Moment::kCoalesce, faults);
  if (still_held(block) && index.insert(block.header(), block.granules) != nullptr) mender_.condemn(block);
}

// Takes a block out of the index of its state; false (and reported) if something there is damaged.
bool Heap::unlist(const Block& block, BlockState state, Moment moment, FaultSink& faults) noexcept {
  const BlockHeader* damaged = state_.index_of(state).remove(block.header(), block.granules);
  if (damaged == nullptr) return true;
  mender_.drop_damaged(damaged, moment, faults);
  return false;
}

std::size_t Heap::coalesce(std::size_t max_blocks, FaultSink& faults) noexcept {
  std::size_t merged = 0;
  for (std::size_t left = kMostPutAside; merged < max_blocks && left != 0;) {
    const FreeIndex::Hit hit = state_.ready.any();
    if (hit.damaged == nullptr && hit.block == nullptr) break;
    if (merge_hit(hit, faults)) {
      ++merged;
    } else {
      --left;
    }
  }
  return merged;
}

// False where something was damaged, and was put aside.
bool Heap::merge_hit(const FreeIndex::Hit& hit, FaultSink& faults) noexcept {
  if (hit.damaged != nullptr) {
    mender_.drop_damaged(hit.damaged, Moment::kCoalesce, faults);
    return false;
  }
  Region* region = state_.regions.find(address_of(hit.block));
  const Block block{region, region->granule_of(hit.block), hit.granules};
  if (!unlist(block, BlockState::kReady, Moment::kCoalesce, faults)) return false;
  BlockFields fields;
  if (!sound_idle(block, block.end(), fields, Moment::kCoalesce, faults)) return false;
  merge(block, fields, faults);
  return true;
}

// The block `candidate` taken out of its index if it is sound and `state`, otherwise an absent block.
Block Heap::claim_idle(const Block& candidate, BlockState state, BlockFields& fields, Moment moment,
                       FaultSink& faults) noexcept {
  if (!candidate.present()) return {};
  // Each failed attempt has put at least one damaged block aside, so this ends.
  while (candidate.region->idle.test(candidate.granule)) {
    if (read_header(candidate.header(), state_.keys, fields) != HeaderVerdict::kIntact) {
      mender_.drop_damaged(candidate.header(), moment, faults);
    } else if (fields.state != state) {
      return {};
    } else if (unlist(candidate, state, moment, faults)) {
      return candidate;
    }
  }
  return {};
}

// Merges a block that no index holds with its free neighbours and lists the whole as free. A neighbour that
// is only ready waits for its own turn, when it finds this one free: so one call does bounded work.
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
