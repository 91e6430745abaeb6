// Allocation: an exact-size ready block, otherwise the best fit among coalesced free blocks, otherwise
// unallocated memory, otherwise all of it again after merging what is ready.
#include <algorithm>

#include "core/block/idle_memory.h"
#include "core/block/sealed_block.h"
#include "core/heap/heap.h"

namespace padlock::core {
namespace {

// What a merged block that started right at `granule` said of itself, otherwise `otherwise`.
BlockFields ghost_at(const Region& region, std::uint32_t granule, const Keys& keys,
                     const BlockFields& otherwise) noexcept {
  BlockFields fields;
  const bool known = region.ghosts.test(granule) &&
                     read_header(region.header_at(granule), keys, fields) == HeaderVerdict::kIntact;
  return known ? fields : otherwise;
}

// Chunks of zeros that `block` cuts, or that the header and links of what follows it come into, hold poison
// from now on where they stay idle.
void poison_cut_chunks(const Block& run, const Block& block, const Poison& poison) noexcept {
  const std::uintptr_t begin = address_of(block.header());
  const std::uintptr_t lead = align_down(begin, std::uintptr_t{kZeroChunk});
  if (block.granule != run.granule && lead >= address_of(run.user())) {
    poison_zeros(run.region->bytes_at(run.region->granule_of(lead)), run.region->bytes_at(block.granule),
                 poison);
  }
  const std::uintptr_t end = end_of(run);
  const std::uintptr_t headed = std::min(end, end_of(block) + kMinBlockGranules * kGranule);
  for (std::uintptr_t at = end_of(block); at < headed;) {
    const std::uintptr_t next = std::min(end, chunk_end(at + 1));
    poison_zeros(reinterpret_cast<std::byte*>(at), reinterpret_cast<std::byte*>(next), poison);
    at = next;
  }
}

}  // namespace

void* Heap::allocate(const AllocRequest& request, FaultSink& faults) noexcept {
  if (request.size > kMaxRequest || request.alignment > kMaxAlignment) return nullptr;
  const std::uint32_t granules = granules_for(request.size);
  Block block = take(granules, request.alignment, faults);
  if (!block.present() && state_.ready.count() != 0) {
    coalesce(SIZE_MAX, faults);
    block = take(granules, request.alignment, faults);
  }
  return block.present() ? make_live(block, request) : nullptr;
}

Block Heap::take(std::uint32_t granules, std::size_t alignment, FaultSink& faults) noexcept {
  Block block;
  if (alignment <= kGranule) block = take_ready(granules, faults);
  if (!block.present()) block = take_best_fit(granules, alignment, faults);
  if (block.present()) return block;
  block = take_unallocated(granules, alignment, faults);
  if (block.present()) fill_fresh(block.user(), block.user() + block.capacity());
  return block;
}

// Where memory is handed out for the first time it holds the same as memory that was freed: what is read from
// it and used as a pointer traps.
void Heap::fill_fresh(std::byte* begin, std::byte* end) noexcept {
  const auto filled = std::min(static_cast<std::size_t>(end - begin), align_down(fill_fresh_max_, kGranule));
  fill_poison(begin, begin + filled, state_.keys.poison);
}

Block Heap::take_ready(std::uint32_t granules, FaultSink& faults) noexcept {
  for (std::size_t left = kMostPutAside; left != 0; --left) {
    const FreeIndex::Hit hit = state_.ready.find_exact(granules);
    if (hit.damaged != nullptr) {
      mender_.drop_damaged(hit.damaged, Moment::kReuse, faults);
      continue;
    }
    if (hit.block == nullptr) return {};
    Region* region = state_.regions.find(address_of(hit.block));
    const Block block{region, region->granule_of(hit.block), granules};
    if (!unlist(block, BlockState::kReady, Moment::kReuse, faults)) continue;
    if (examiner_.poison_holds(block, block.granule + kHeaderGranules, block.end())) return block;
    mender_.report(examiner_.damaged_idle(block, Moment::kReuse), block, faults);
    mender_.condemn(block);
  }
  return {};
}

Block Heap::take_best_fit(std::uint32_t granules, std::size_t alignment, FaultSink& faults) noexcept {
  for (std::size_t left = kMostPutAside; left != 0; --left) {
    const FreeIndex::Hit hit = state_.free.find_best(granules, alignment);
    if (hit.damaged != nullptr) {
      mender_.drop_damaged(hit.damaged, Moment::kReuse, faults);
      continue;
    }
    if (hit.block == nullptr) return {};
    Region* region = state_.regions.find(address_of(hit.block));
    const Block run{region, region->granule_of(hit.block), hit.granules};
    BlockFields fields;
    static_cast<void>(read_header(run.header(), state_.keys, fields));  // the search has verified it
    if (!unlist(run, BlockState::kFree, Moment::kReuse, faults)) continue;
    const std::uint32_t lead = lead_at(address_of(run.header()), alignment);
    const std::uint32_t split = run.granule + lead + granules;
    // What is about to be written over: the part that is handed out and the remainder's header and links.
    const std::uint32_t verified_to =
        split + kMinBlockGranules < run.end() ? split + kMinBlockGranules : run.end();
    if (examiner_.poison_holds(run, run.granule + kHeaderGranules, verified_to)) {
      return carve(run, fields, lead, granules, faults);
    }
    put_aside_damaged(run, fields, faults);
  }
  return {};
}

// `run` is in no index and its poison does not hold: condemns it up to the last damaged byte.
void Heap::put_aside_damaged(const Block& run, const BlockFields& fields, FaultSink& faults) noexcept {
  const std::uintptr_t user = address_of(run.user());
  const Fault fault = examiner_.damaged_idle(run, Moment::kReuse);
  mender_.report(fault, run, faults);
  const std::uintptr_t end = std::min(fault.damage.address + fault.damage.length, user + run.capacity());
  const std::uint32_t damaged = run.region->granule_of(end - 1) + 1 - run.granule;
  mender_.condemn(carve(run, fields, 0,
                        fault.damage.at_least ? run.granules : std::max(damaged, kMinBlockGranules), faults));
}

Block Heap::take_unallocated(std::uint32_t granules, std::size_t alignment, FaultSink& faults) noexcept {
  if (tops_held_) return {};
  for (Region& region : state_.regions) {
    const std::uint32_t lead = lead_at(address_of(region.header_at(region.top)), alignment);
    const std::uint64_t wanted = std::uint64_t{lead} + granules;
    if (wanted > region.granules() - region.top) continue;
    if (!reach(region, region.top + static_cast<std::uint32_t>(wanted))) continue;
    const Block run{&region, region.top, lead + granules};
    region.top = run.end();
    if (lead != 0) {
      std::byte* gap = region.bytes_at(run.granule + kHeaderGranules);
      fill_poison(gap, region.bytes_at(run.granule + lead), state_.keys.poison);
      // Ready, not free: the block before may be free, and free blocks never touch.
      make_idle({&region, run.granule, lead}, BlockFields{}, BlockState::kReady, faults);
    }
    return carve({&region, run.granule + lead, granules}, BlockFields{}, 0, granules, faults);
  }
  return {};
}

// Cuts `run` in lead | block | remainder; the outer parts go to the index as free blocks that inherit what
// is known of the run (`inherited`).
Block Heap::carve(Block run, const BlockFields& inherited, std::uint32_t lead, std::uint32_t granules,
                  FaultSink& faults) noexcept {
  Block block{run.region, run.granule + lead, granules};
  const std::uint32_t left = run.end() - block.end();
  if (left < kMinBlockGranules) block.granules += left;
  poison_cut_chunks(run, block, state_.keys.poison);
  run.region->starts.set(block.granule);
  drop_ghosts(*run.region, block.granule, block.end(), state_.keys.poison);
  if (lead != 0) make_idle({run.region, run.granule, lead}, inherited, BlockState::kFree, faults);
  if (left >= kMinBlockGranules) {
    const BlockFields remainder = ghost_at(*run.region, block.end(), state_.keys, inherited);
    make_idle({run.region, block.end(), left}, remainder, BlockState::kFree, faults);
  }
  return block;
}

void* Heap::make_live(const Block& block, const AllocRequest& request) noexcept {
  state_.last_number = request.by.number != 0 ? request.by.number : state_.last_number + 1;
  BlockFields fields = live_fields(request, block.granules);
  fields.number = state_.last_number;
  seal_block(block.header(), fields, block.capacity(), state_.keys);
  ++state_.stats.live_blocks;
  state_.stats.live_bytes += request.size;
  state_.stats.live_block_bytes += std::size_t{block.granules} * kGranule;
  return block.user();
}

}  // namespace padlock::core
