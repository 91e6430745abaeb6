// Going on after damage: what one write has hit is put right when it is told, so that it is told only
// once. Idle memory that was written to is put aside for good.
#include <algorithm>

#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {

/// Who has a block, told without its header.
Heap::Holder Heap::holder_of(const Block& block) const noexcept {
  if (block.region->idle.test(block.granule)) return Holder::kIndex;
  if (block.header() == evicting_) return Holder::kQuarantine;
  if (block.region->condemned.test(block.granule)) return Holder::kNobody;
  if (is_lent(block)) return Holder::kQuarantine;
  return quarantine_.holds(block.header()) ? Holder::kQuarantine : Holder::kProgram;
}

/// Whether a cache has it: it then counts as live, until its slot comes back.
bool Heap::is_lent(const Block& block) const noexcept {
  return config_.is_cached != nullptr && config_.is_cached(block.header(), config_.cached_context);
}

/// Reports damage found while at work on `at`, which is left to the caller; puts right what else was hit.
void Heap::report(const Fault& fault, const Block& at, FaultSink& faults) noexcept {
  if (tell(fault, at, faults)) drop_damaged(nullptr, fault.moment, faults);
}

/// As report(), but leaves the indices as they are; true if that must be made up for.
bool Heap::tell(const Fault& fault, const Block& at, FaultSink& faults) noexcept {
  faults.on_fault(fault);
  if (!fault.damage.present()) return false;
  const std::uintptr_t end = fault.damage.address + fault.damage.length;
  bool listed = false;
  std::uint32_t start = at.region->start_of(at.region->granule_of(fault.damage.address));
  while (start < at.region->top && address_of(at.region->header_at(start)) < end) {
    const Block hit = block_at(*at.region, start);
    if (start != at.granule) listed |= put_right(hit, end);
    start = hit.end();
  }
  return listed;
}

/// Makes sound a block that damage up to `damage_end` has hit; true if it is still listed.
bool Heap::put_right(const Block& block, std::uintptr_t damage_end) noexcept {
  const Holder holder = holder_of(block);
  if (holder == Holder::kIndex) {
    block.region->condemned.set(block.granule);
    return true;
  }
  if (holder == Holder::kQuarantine) quarantine_.remove(block.header());
  if (holder == Holder::kProgram) mend(block);
  BlockFields fields;
  static_cast<void>(read_header(block.header(), keys_, fields));
  if (holder != Holder::kProgram || fields.state != BlockState::kLive) {
    condemn(block);  // not live: the heap is moving it from one list to another
  } else if (damage_end > address_of(block.user()) + fields.requested) {
    fill_canary(block.user(), fields.requested, block.capacity(), canary_of(address_of(block.user()), keys_));
  }
  return false;
}

/// Gives a block in the program's hands a header again: the one it had, where that can be proven, else one
/// that says as much as its length and its padding do. Allocation number 0 marks the latter.
void Heap::mend(const Block& block) noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) == HeaderVerdict::kIntact) return;
  if (const HeaderRepair repair = repair_of(block); repair.found) {
    write_header(block.header(), repair.fields, keys_);
    return;
  }
  const std::uint64_t canary = canary_of(address_of(block.user()), keys_);
  std::size_t requested = block.capacity() - kMinPadding;
  fill_canary(block.user(), requested, block.capacity(), canary);
  while (requested > 0 && block.user()[requested - 1] == std::byte{pattern_byte(canary, requested - 1)}) {
    --requested;
  }
  fields = BlockFields{};
  fields.granules = block.granules;
  fields.requested = requested;
  write_header(block.header(), fields, keys_);
}

/// Puts a damaged idle block, which no list holds any more, aside: never handed out and never reported again.
void Heap::condemn(const Block& block) noexcept {
  const bool new_here = holder_of(block) != Holder::kNobody && !is_lent(block);
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) != HeaderVerdict::kIntact) fields = BlockFields{};
  fields.granules = block.granules;
  fields.state = BlockState::kCondemned;
  write_header(block.header(), fields, keys_);
  block.region->idle.clear(block.granule);
  block.region->condemned.set(block.granule);
  drop_ghosts(*block.region, block.granule, block.end());
  if (new_here) stats_.condemned_bytes += std::size_t{block.granules} * kGranule;
}

bool Heap::listed_soundly(const Block& block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) != HeaderVerdict::kIntact) return false;
  const FreeIndex& index = fields.state == BlockState::kReady ? ready_ : free_;
  return index.verify_links(block.header(), block.granules) != block.header();
}

/// Something in the lists does not verify (`damaged`, unless null): reports and condemns every such block
/// and lists the others anew. All links stay as they are until the last block has been looked at.
void Heap::drop_damaged(const BlockHeader* damaged, Moment moment, FaultSink& faults) noexcept {
  for (Region* region = regions_.first(); region != nullptr; region = region->next) {
    std::uint32_t granule = region->idle.first_in(0, region->top);
    for (; granule != Bitmap::kNone; granule = region->idle.first_in(granule + 1, region->top)) {
      const Block block = block_at(*region, granule);
      if (region->condemned.test(granule)) continue;  // told already
      if (block.header() != damaged && listed_soundly(block)) continue;
      region->condemned.set(granule);
      BlockFields fields;
      const std::uintptr_t user = address_of(block.user());
      const bool readable = read_header(block.header(), keys_, fields) == HeaderVerdict::kIntact;
      const Fault fault = readable ? damaged_idle(block, {user, user + block.capacity()}, moment)
                                   : damaged_header(block, moment);
      static_cast<void>(tell(fault, block, faults));  // the indices are made anew below
    }
  }
  rebuild_indices();
}

void Heap::rebuild_indices() noexcept {
  ready_.clear();
  free_.clear();
  for (Region* region = regions_.first(); region != nullptr; region = region->next) {
    std::uint32_t granule = region->idle.first_in(0, region->top);
    for (; granule != Bitmap::kNone; granule = region->idle.first_in(granule + 1, region->top)) {
      const Block block = block_at(*region, granule);
      if (region->condemned.test(granule)) {
        condemn(block);
        continue;
      }
      BlockFields fields;
      static_cast<void>(read_header(block.header(), keys_, fields));
      FreeIndex& index = fields.state == BlockState::kReady ? ready_ : free_;
      // The list's head is the block inserted before: it verifies.
      static_cast<void>(index.insert(block.header(), block.granules));
    }
  }
}

}  // namespace padlock::core
