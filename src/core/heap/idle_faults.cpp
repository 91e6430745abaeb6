// From a damaged idle block to a Fault. Where blocks have been merged, the fault names the one that the
// damaged byte belonged to, as long as its header is still there.
#include "core/block/header_repair.h"
#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {

/// `links`: what the first bytes of a `listed` block should hold.
ExpectedByte Heap::expected_idle_byte(const Block& block, const IdleLinks& links, bool listed,
                                      IdleBytes& idle, std::uintptr_t address) const noexcept {
  const std::uintptr_t user = address_of(block.user());
  if (address < user || address >= user + block.capacity()) return {};
  if (listed && address < user + sizeof(IdleLinks)) {
    const std::uint64_t link = address < user + 8 ? links.next : links.prev;
    return {true, pattern_byte(link, address)};
  }
  const std::uint32_t granule = block.region->granule_of(address);
  if (block.region->ghosts.test(granule) || block.region->ghosts.test(granule - 1)) return {};
  return {true, idle.at(address)};
}

/// The header of an idle or quarantined block verifies, what it holds in `range` does not.
Fault Heap::damaged_idle(const Block& block, ByteRange range, Moment moment) const noexcept {
  Fault fault = fault_at(FaultKind::kUseAfterFreeWrite, moment, block);
  const bool listed = block.region->idle.test(block.granule);
  IdleLinks links{};
  if (listed) {
    const FreeIndex& index = fault.block.state == BlockState::kReady ? ready_ : free_;
    links = index.expected_links(block.header());
  }
  const std::uintptr_t user = address_of(block.user());
  IdleBytes idle({listed ? user + sizeof(IdleLinks) : user, user + block.capacity()}, keys_.poison);
  fault.damage = measure_damage(range, user, readable_around(block), [&](std::uintptr_t address) {
    return expected_idle_byte(block, links, listed, idle, address);
  });
  if (!fault.damage.present()) return damaged_ghost(block, fault);
  name_merged(block, fault);
  follow_run(block, fault);
  return fault;
}

/// The first header of a merged block in [from, end) that does not verify, or Bitmap::kNone.
std::uint32_t Heap::broken_ghost(const Region& region, std::uint32_t from, std::uint32_t end) const noexcept {
  std::uint32_t ghost = region.ghosts.first_in(from, end);
  BlockFields fields;
  while (ghost != Bitmap::kNone &&
         read_header(region.header_at(ghost), keys_, fields) == HeaderVerdict::kIntact) {
    ghost = region.ghosts.first_in(ghost + 1, end);
  }
  return ghost;
}

/// Everything else holds: only the header of a merged block can be what was written to.
Fault Heap::damaged_ghost(const Block& block, Fault fault) const noexcept {
  const std::uint32_t ghost = broken_ghost(*block.region, block.granule, block.end());
  const BlockHeader* header = ghost == Bitmap::kNone ? block.header() : block.region->header_at(ghost);
  const HeaderRepair repair = repair_header(header, 0, last_number_, keys_);
  const std::uintptr_t at = address_of(header);
  if (repair.found) {
    BlockFields fields = repair.fields;
    fields.state = BlockState::kFree;
    fault.block = snapshot_of(header, fields.granules, fields);
  }
  fault.damage.address = at + repair.first;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
  fault.damage.length = repair.found ? repair.last - repair.first + 1 : kHeaderSize;
  fault.damage.somewhere = !repair.found;
  fill_window(fault.damage, readable_around(block), [&](std::uintptr_t address) -> ExpectedByte {
    if (!repair.found || address < at || address >= at + kHeaderSize) return {};
    return {true, repair.bytes[address - at]};
  });
  return fault;
}

void Heap::name_merged(const Block& block, Fault& fault) const noexcept {
  const Region& region = *block.region;
  const std::uintptr_t end = fault.damage.address + fault.damage.length;
  if (end < address_of(region.bytes_at(block.end()))) {
    // Ghost headers have no known bytes: the write may have gone on over one that is broken.
    const std::uint32_t next = region.granule_of(end);
    fault.damage.at_least = end % kGranule == 0 && broken_ghost(region, next, next + 1) != Bitmap::kNone;
  }
  const std::uint32_t ghost = region.ghosts.last_at_or_before(region.granule_of(fault.damage.address));
  BlockFields fields;
  if (ghost == Bitmap::kNone || ghost <= block.granule) return;
  const BlockHeader* merged = region.header_at(ghost);
  if (read_header(merged, keys_, fields) != HeaderVerdict::kIntact) return;
  fields.state = BlockState::kFree;
  fault.block = snapshot_of(merged, fields.granules, fields);
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
}

}  // namespace padlock::core
