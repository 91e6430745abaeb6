// From a damaged idle block to a Fault. Where blocks have been merged, the fault names the one that the
// damaged byte belonged to, as long as its header is still there.
#include "core/block/header_repair.h"
#include "core/block/idle_memory.h"
#include "core/block/sealed_block.h"
#include "core/examine/examiner.h"
#include "core/examine/idle_content.h"

namespace padlock::core {

Fault Examiner::damaged_idle(BlockView block, Moment moment) const noexcept {
  Fault fault = fault_of(FaultKind::kUseAfterFreeWrite, moment, snapshot(block));
  const bool listed = block.region->idle.test(block.granule);
  IdleLinks links{};
  if (listed) links = state_.index_of(fault.block.state).expected_links(block.header());
  const std::uintptr_t user = address_of(block.user());
  IdleContent idle(block, listed ? &links : nullptr, listed ? user + sizeof(IdleLinks) : user,
                   state_.keys.poison);
  fault.damage =
      measure_damage({user, user + block.capacity()}, user, readable_around(block), IdleContent::Bytes(idle));
  if (!fault.damage.present()) return damaged_ghost(block, fault);
  name_merged(block, fault);
  follow_run(block, fault);
  return fault;
}

// The first header of a merged block in [from, end) that does not verify, or Bitmap::kNone.
std::uint32_t Examiner::broken_ghost(const Region& region, std::uint32_t from,
                                     std::uint32_t end) const noexcept {
  std::uint32_t ghost = region.ghosts.first_in(from, end);
  BlockFields fields;
  while (ghost != Bitmap::kNone &&
         read_header(region.header_at(ghost), state_.keys, fields) == HeaderVerdict::kIntact) {
    ghost = region.ghosts.first_in(ghost + 1, end);
  }
  return ghost;
}

// Whether neither index has the idle block. One has it though its header says that it is the other's where
// that was overwritten with a sound one.
bool Examiner::is_lost(BlockView block) const noexcept {
  return block.region->idle.test(block.granule) &&
         state_.ready.verify_links(block.header(), block.granules) != nullptr &&
         state_.free.verify_links(block.header(), block.granules) != nullptr;
}

// Everything else holds: only the header of a merged block can be what was written to. If those do too, and
// no list has the block, the lists were overwritten.
Fault Examiner::damaged_ghost(BlockView block, Fault fault) const noexcept {
  const std::uint32_t ghost = broken_ghost(*block.region, block.granule, block.end());
  if (ghost == Bitmap::kNone && is_lost(block)) {
    Fault list = table_fault(Table::kIdle, address_of(&state_.index_of(fault.block.state)), fault.moment);
    list.block = fault.block;
    return list;
  }
  const BlockHeader* header = ghost == Bitmap::kNone ? block.header() : block.region->header_at(ghost);
  const HeaderRepair repair = repair_header(header, 0, state_.last_number, state_.keys);
  const std::uintptr_t at = address_of(header);
  const auto* const bytes = reinterpret_cast<const std::byte*>(header);
  if (ghost != Bitmap::kNone && idle_intact(bytes, bytes + kHeaderSize, state_.keys.poison)) {
    // No header has been there: a mark is one too many.
    fault.kind = FaultKind::kMetadataCorruption;
    fault.table = Table::kMarks;
    fault.address = at;
  }
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

void Examiner::name_merged(BlockView block, Fault& fault) const noexcept {
  const Region& region = *block.region;
  const std::uintptr_t end = fault.damage.address + fault.damage.length;
  if (end < address_of(region.bytes_at(block.end()))) {
    // Ghost headers have no known bytes: the write may have gone on over one that is broken.
    const std::uint32_t next = region.granule_of(end);
    fault.damage.at_least = end % kGranule == 0 && broken_ghost(region, next, next + 1) != Bitmap::kNone;
  }
  const BlockSnapshot merged = merged_at(block, fault.damage.address);
  if (!merged.present()) return;
  fault.block = merged;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
}

}  // namespace padlock::core
