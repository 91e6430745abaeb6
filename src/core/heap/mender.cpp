// Repairing headers, condemning blocks and rebuilding the indices.
#include "core/heap/mender.h"

#include "core/block/header_remains.h"
#include "core/block/pattern.h"
#include "core/block/sealed_block.h"

namespace padlock::core {

void Mender::report(const Fault& fault, const Block& at, FaultSink& faults) noexcept {
  if (report_and_repair(fault, at, faults)) drop_damaged(nullptr, fault.moment, faults);
}

namespace {

// What a write that ran over the last block has left behind it is zero again: it has been reported.
void clear_unallocated(Region& region) noexcept {
  std::byte* const begin = region.bytes_at(region.top);
  std::byte* const end = region.bytes_at(region.open());
  for (std::byte* at = begin; at < end; at += sizeof(std::uint64_t)) {
    if (load_word(at) != 0) store_word(at, 0);
  }
}

}  // namespace

// As report(), but leaves the indices as they are; true if that must be made up for.
bool Mender::report_and_repair(const Fault& fault, const Block& at, FaultSink& faults) noexcept {
  faults.on_fault(fault);
  if (!fault.damage.present()) return false;
  const std::uintptr_t end = fault.damage.address + fault.damage.length;
  bool listed = false;
  std::uint32_t start = at.region->start_of(at.region->granule_of(fault.damage.address));
  while (start < at.region->top && address_of(at.region->header_at(start)) < end) {
    const Block hit = block_at(*at.region, start);
    if (start != at.granule) listed |= repair_hit(hit, end);
    start = hit.end();
  }
  if (fault.damage.at_least && state_.zero_until_used) clear_unallocated(*at.region);
  return listed;
}

// Makes sound a block that damage up to `damage_end` has hit; true if it is still listed.
bool Mender::repair_hit(const Block& block, std::uintptr_t damage_end) noexcept {
  const Examiner::Holder holder = examiner_.holder_of(block);
  if (holder == Examiner::Holder::kIndex) {
    block.region->condemned.set(block.granule);
    return true;
  }
  if (holder == Examiner::Holder::kQuarantine) state_.quarantine.remove(block.header());
  if (holder == Examiner::Holder::kProgram) mend(block);
  BlockFields fields;
  static_cast<void>(read_header(block.header(), state_.keys, fields));
  if (holder != Examiner::Holder::kProgram || fields.state != BlockState::kLive) {
    condemn(block);  // not live: the heap is moving it from one list to another
  } else if (damage_end > address_of(block.user()) + fields.requested) {
    lock_padding(block.header(), fields.requested, block.capacity(), state_.keys);
  }
  return false;
}

void Mender::mend(const Block& block) noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact) return;
  if (const HeaderRepair repair = examiner_.repair_of(block); repair.found) {
    write_header(block.header(), repair.fields, state_.keys);
    return;
  }
  fields.granules = block.granules;
  const std::size_t most = block.capacity() - kMinPadding;
  const auto padding = padding_remains(block.header(), block.granules, state_.keys);
  fields.requested = padding ? padding->requested : most;
  seal_block(block.header(), fields, block.capacity(), state_.keys);
}

void Mender::condemn(const Block& block) noexcept {
  const bool new_here = examiner_.holder_of(block) != Examiner::Holder::kNobody && !examiner_.is_lent(block);
  BlockFields fields;
  static_cast<void>(read_header(block.header(), state_.keys, fields));
  fields.granules = block.granules;
  fields.state = BlockState::kCondemned;
  write_header(block.header(), fields, state_.keys);
  block.region->idle.clear(block.granule);
  block.region->condemned.set(block.granule);
  drop_ghosts(*block.region, block.granule, block.end(), state_.keys.poison);
  if (new_here) state_.stats.condemned_bytes += std::size_t{block.granules} * kGranule;
}

// An index whose lists do not begin where they should, or null: that is what was overwritten, and no block.
const FreeIndex* Mender::headless() const noexcept {
  if (!state_.ready.heads_hold()) return &state_.ready;
  return state_.free.heads_hold() ? nullptr : &state_.free;
}

void Mender::drop_damaged(const BlockHeader* damaged, Moment moment, FaultSink& faults) noexcept {
  if (const FreeIndex* const index = headless(); index != nullptr) {
    faults.on_fault(table_fault(Table::kIdle, address_of(index), moment));
    rebuild_indices();
    if (headless() == nullptr) return;
  }
  for (Region& region : state_.regions) {
    std::uint32_t granule = region.idle.first_in(0, region.top);
    for (; granule != Bitmap::kNone; granule = region.idle.first_in(granule + 1, region.top)) {
      const Block block = block_at(region, granule);
      if (region.condemned.test(granule)) continue;  // reported already
      if (block.header() != damaged && examiner_.listed_soundly(block)) continue;
      region.condemned.set(granule);
      BlockFields fields;
      const bool readable = read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact;
      const Fault fault =
          readable ? examiner_.damaged_idle(block, moment) : examiner_.damaged_header(block, moment);
      static_cast<void>(report_and_repair(fault, block, faults));  // the indices are made anew below
    }
  }
  rebuild_indices();
}

void Mender::rebuild_indices() noexcept {
  state_.ready.clear();
  state_.free.clear();
  for (Region& region : state_.regions) {
    std::uint32_t granule = region.idle.first_in(0, region.top);
    for (; granule != Bitmap::kNone; granule = region.idle.first_in(granule + 1, region.top)) {
      const Block block = block_at(region, granule);
      if (region.condemned.test(granule)) {
        condemn(block);
        continue;
      }
      BlockFields fields;
      static_cast<void>(read_header(block.header(), state_.keys, fields));
      FreeIndex& index = state_.index_of(fields.state);
      // The list's head is the block inserted before: it verifies.
      static_cast<void>(index.insert(block.header(), block.granules));
    }
  }
}

void drop_ghosts(Region& region, std::uint32_t begin, std::uint32_t end, const Poison& poison) noexcept {
  const std::uint32_t from = begin == 0 ? 0 : begin - 1;
  std::uint32_t ghost = region.ghosts.first_in(from, end);
  for (; ghost != Bitmap::kNone; ghost = region.ghosts.first_in(ghost + 1, end)) {
    region.ghosts.clear(ghost);
    if (ghost < begin) fill_poison(region.bytes_at(ghost), region.bytes_at(begin), poison);
    if (ghost + kHeaderGranules > end) {
      fill_poison(region.bytes_at(end), region.bytes_at(ghost + kHeaderGranules), poison);
    }
  }
}

}  // namespace padlock::core
