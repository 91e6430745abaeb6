// Resizing: in place when the block, or the block and the idle memory behind it, can hold the new size.
#include <algorithm>

#include "core/block/move_block.h"
#include "core/block/sealed_block.h"
#include "core/heap/heap.h"

namespace padlock::core {

ResizeOutcome Heap::resize(void* pointer, const AllocRequest& request, FaultSink& faults) noexcept {
  FreeRequest as_free;
  as_free.origin = request.origin;
  as_free.by = request.by;
  as_free.moment = Moment::kRealloc;
  BlockFields fields;
  Block block = validate(pointer, as_free, fields, faults);
  if (!block.present()) return ResizeOutcome::kRefused;
  report_mismatch(block, fields, as_free, faults);
  if (!padding_holds(block.header(), fields.requested, block.capacity(), state_.keys)) {
    mender_.report(examiner_.damaged_padding(block, Moment::kRealloc), block, faults);
    // Locked again, so that the damage is not reported a second time when the block moves.
    lock_padding(block.header(), fields.requested, block.capacity(), state_.keys);
  }
  if (request.size > kMaxRequest) return ResizeOutcome::kMustMove;

  const std::uint32_t granules = granules_for(request.size);
  const std::uint32_t before = block.granules;
  const std::size_t capacity = block.capacity();
  if (granules > block.granules && !grow(block, granules, faults)) return ResizeOutcome::kMustMove;
  Block tail;
  if (block.granules >= granules + kMinBlockGranules) {
    tail = {block.region, block.granule + granules, block.granules - granules};
    block.granules = granules;
  }
  if (request.size > fields.requested)
    poison_padding(block.header(), fields.requested, capacity, state_.keys.poison);
  const BlockFields tail_fields = fields;
  uncount_live_bytes(fields.requested);
  state_.stats.live_bytes += request.size;
  state_.stats.live_block_bytes += (std::size_t{block.granules} - before) * kGranule;
  fields.granules = block.granules;
  fields.requested = request.size;
  fields.alloc_trace = request.by.trace;
  fields.alloc_thread = request.by.thread;
  state_.last_number = request.by.number != 0 ? request.by.number : state_.last_number + 1;
  fields.number = state_.last_number;
  seal_block(block.header(), fields, block.capacity(), state_.keys);
  if (tail.present()) release_tail(tail, tail_fields, request.by, faults);
  return ResizeOutcome::kResized;
}

// Takes idle or unallocated memory right behind `block` until it has `granules`; what is too much goes back.
bool Heap::grow(Block& block, std::uint32_t granules, FaultSink& faults) noexcept {
  Region& region = *block.region;
  const std::uint32_t missing = granules - block.granules;
  if (block.end() == region.top) {
    if (region.granules() - region.top < missing || !reach(region, region.top + missing)) return false;
    fill_fresh(region.bytes_at(region.top), region.bytes_at(region.top + missing));
    region.top += missing;
    block.granules = granules;
    return true;
  }
  const Block after = block_after(block);
  if (after.granules < missing) return false;
  BlockFields fields;
  if (!claim_idle(after, BlockState::kFree, fields, Moment::kReuse, faults).present()) return false;
  const std::uint32_t split = after.granule + missing;
  const std::uint32_t verified_to = std::min(split + kMinBlockGranules, after.end());
  if (!examiner_.poison_holds(after, after.granule + kHeaderGranules, verified_to)) {
    put_aside_damaged(after, fields, faults);
    return false;
  }
  region.starts.clear(after.granule);
  const Block taken = carve(after, fields, 0, missing, faults);
  region.starts.clear(taken.granule);
  // Its header, or as much of it as was taken.
  const std::uint32_t headed = std::min(taken.end(), taken.granule + kHeaderGranules);
  fill_poison(region.bytes_at(taken.granule), region.bytes_at(headed), state_.keys.poison);
  block.granules = taken.end() - block.granule;
  return true;
}

// What a shrunk block leaves over is freed like any block.
void Heap::release_tail(const Block& tail, BlockFields fields, const Caller& by, FaultSink& faults) noexcept {
  fields.requested = tail.capacity();
  fields.align_log2 = 0;  // it begins where the other part ends
  tail.region->starts.set(tail.granule);
  retire(tail, fields, by, faults);
}

void* Heap::reallocate(void* pointer, const AllocRequest& request, FaultSink& faults) noexcept {
  const ResizeOutcome outcome = resize(pointer, request, faults);
  if (outcome == ResizeOutcome::kResized) return pointer;
  if (outcome == ResizeOutcome::kRefused) return nullptr;
  BlockFields fields;
  static_cast<void>(read_header(BlockHeader::of_user(pointer), state_.keys, fields));
  AllocRequest moved = request;
  moved.origin = fields.origin;
  FreeRequest old;
  old.origin = fields.origin;
  old.by = request.by;
  old.moment = Moment::kRealloc;
  if (fields.align_log2 != 0) old.alignment = std::size_t{1} << fields.align_log2;
  return move_block(
      pointer, fields.requested, request.size, [&] { return allocate(moved, faults); },
      [&] { deallocate(pointer, old, faults); });
}

}  // namespace padlock::core
