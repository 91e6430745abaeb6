// Looking up, and calls with pointers that are no live block's.
#include "core/examine/examiner.h"

#include <algorithm>

#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/block/sealed_block.h"

namespace padlock::core {

BlockSnapshot Examiner::snapshot(BlockView block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact) {
    return snapshot_of(block.header(), block.granules, fields);
  }
  const HeaderRepair repair = repair_of(block);
  return repair.found ? snapshot_of(block.header(), block.granules, repair.fields)
                      : snapshot_of(block.header(), block.granules);
}

BlockSnapshot Examiner::find_block(std::uintptr_t address) const noexcept {
  const Region* region = state_.regions.find(address);
  if (region == nullptr) return {};
  const std::uint32_t start = region->start_of(region->granule_of(address));
  return start == Bitmap::kNone ? BlockSnapshot{} : snapshot(block_at(*region, start));
}

// The block merged into `block` that `address`, which lies in it, belonged to; absent where that is its first
// one, and where the header is gone.
BlockSnapshot Examiner::merged_at(BlockView block, std::uintptr_t address) const noexcept {
  const Region& region = *block.region;
  const std::uint32_t ghost = region.ghosts.last_at_or_before(region.granule_of(address));
  BlockFields fields;
  if (ghost == Bitmap::kNone || ghost <= block.granule) return {};
  const BlockHeader* merged = region.header_at(ghost);
  if (read_header(merged, state_.keys, fields) != HeaderVerdict::kIntact) return {};
  fields.state = BlockState::kFree;
  return snapshot_of(merged, fields.granules, fields);
}

BlockSnapshot Examiner::find_former(std::uintptr_t address) const noexcept {
  const Region* region = state_.regions.find(address);
  if (region == nullptr) return {};
  const std::uint32_t start = region->start_of(region->granule_of(address));
  if (start == Bitmap::kNone) return {};
  const BlockView block = block_at(*region, start);
  const BlockSnapshot merged = merged_at(block, address);
  return merged.present() ? merged : snapshot(block);
}

Poison::Source Examiner::find_link(std::uint64_t value, std::uint64_t reach) const noexcept {
  for (const Region& region : state_.regions) {
    std::uint32_t granule = region.idle.first_in(0, region.top);
    for (; granule != Bitmap::kNone; granule = region.idle.first_in(granule + 1, region.top)) {
      const std::byte* const links = region.header_at(granule)->user();
      for (std::size_t at = 0; at < sizeof(IdleLinks); at += sizeof value) {
        const std::uint64_t offset = value - load_word(links + at);
        if (offset + reach <= 2 * reach) return {address_of(links + at), static_cast<std::int64_t>(offset)};
      }
    }
  }
  return {};
}

bool Examiner::is_blank(BlockView block) const noexcept {
  BlockFields fields;
  return read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact &&
         fields.state == BlockState::kBlank;
}

BlockSnapshot Examiner::nearest_before(std::uintptr_t address) const noexcept {
  const Region* region = state_.regions.find(address);
  if (region == nullptr || region->top == 0) return {};
  const std::uint32_t from = std::min(region->granule_of(address), region->top - 1);
  for (std::uint32_t start = region->start_of(from); start != Bitmap::kNone;
       start = start == 0 ? Bitmap::kNone : region->start_of(start - 1)) {
    const BlockView block = block_at(*region, start);
    if (!is_blank(block)) return snapshot(block);
  }
  return {};
}

BlockSnapshot Examiner::nearest_behind(std::uintptr_t address) const noexcept {
  const Region* region = state_.regions.find(address);
  if (region == nullptr) return {};
  for (std::uint32_t start = region->starts.first_in(region->granule_of(address), region->top);
       start != Bitmap::kNone; start = region->starts.first_in(start + 1, region->top)) {
    const BlockView block = block_at(*region, start);
    if (!is_blank(block)) return snapshot(block);
  }
  return {};
}

void Examiner::walk(BlockVisitor& visitor) const noexcept {
  for (const Region& region : state_.regions) {
    std::uint32_t start = region.starts.first_in(0, region.top);
    while (start != Bitmap::kNone) {
      visitor.visit(snapshot(block_at(region, start)));
      start = region.starts.first_in(start + 1, region.top);
    }
  }
}

Examiner::Holder Examiner::holder_of(BlockView block) const noexcept {
  if (block.region->idle.test(block.granule)) return Holder::kIndex;
  if (block.header() == state_.evicting) return Holder::kQuarantine;
  if (block.region->condemned.test(block.granule)) return Holder::kNobody;
  if (is_lent(block)) return Holder::kQuarantine;
  return state_.quarantine.holds(block.header()) ? Holder::kQuarantine : Holder::kProgram;
}

bool Examiner::is_lent(BlockView block) const noexcept {
  return state_.has_caches() && state_.is_cached(block.header(), state_.cached_context);
}

bool Examiner::listed_soundly(BlockView block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) != HeaderVerdict::kIntact) return false;
  return state_.index_of(fields.state).verify_links(block.header(), block.granules) != block.header();
}

bool Examiner::poison_holds(BlockView block, std::uint32_t begin, std::uint32_t end) const noexcept {
  const Region& region = *block.region;
  const std::uintptr_t chunk = chunk_end(address_of(region.bytes_at(end)));
  if (chunk <= end_of(block)) end = region.granule_of(chunk - 1) + 1;
  while (begin < end) {
    const std::uint32_t ghost = region.ghosts.first_in(begin, end);
    const std::uint32_t until = ghost == Bitmap::kNone ? end : ghost;
    if (!idle_intact(region.bytes_at(begin), region.bytes_at(until), state_.keys.poison)) return false;
    if (ghost == Bitmap::kNone) return true;
    BlockFields fields;
    if (read_header(region.header_at(ghost), state_.keys, fields) != HeaderVerdict::kIntact) return false;
    begin = ghost + kHeaderGranules;
  }
  return true;
}

Fault Examiner::not_live(BlockView block, const FreeRequest& request) const noexcept {
  return not_live_fault(snapshot(block), request);
}

Fault Examiner::bad_pointer(std::uintptr_t address, const FreeRequest& request) const noexcept {
  Fault fault;
  fault.kind = FaultKind::kInvalidFree;
  fault.moment = request.moment;
  fault.given_origin = request.origin;
  fault.address = address;
  fault.pointer_class = PointerClass::kUnknown;
  const Region* region = state_.regions.find(address);
  if (region == nullptr) return fault;

  const std::uint32_t granule = region->granule_of(address);
  const std::uint32_t start = region->start_of(granule);
  BlockFields fields;
  if (start == Bitmap::kNone ||
      (read_header(region->header_at(start), state_.keys, fields) == HeaderVerdict::kIntact &&
       fields.state == BlockState::kBlank)) {
    fault.pointer_class = PointerClass::kHeapUnused;
    return fault;
  }
  if (address % kGranule == 0 && granule >= kHeaderGranules &&
      region->ghosts.test(granule - kHeaderGranules)) {
    const BlockHeader* ghost = region->header_at(granule - kHeaderGranules);
    if (read_header(ghost, state_.keys, fields) == HeaderVerdict::kIntact) {
      fields.state = BlockState::kFree;
      return not_live_fault(snapshot_of(ghost, fields.granules, fields), request);
    }
  }
  fault.pointer_class = PointerClass::kInterior;
  fault.block = snapshot(block_at(*region, start));
  return fault;
}

}  // namespace padlock::core
