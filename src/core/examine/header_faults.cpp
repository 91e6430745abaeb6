// A header does not verify: was it overrun by a block before it, hit by a write that ended right before
// its own user pointer, or by anything else?
#include "core/block/header_repair.h"
#include "core/examine/examiner.h"

namespace padlock::core {

HeaderRepair Examiner::repair_of(BlockView block) const noexcept {
  return repair_header(block.header(), block.granules, state_.last_number, state_.keys);
}

Fault Examiner::header_hit_by_own_block(BlockView block, Moment moment) const noexcept {
  BlockFields fields;
  const bool from_behind = read_header(block.header(), state_.keys, fields) == HeaderVerdict::kFrontDamaged;
  const HeaderRepair repair = repair_of(block);
  Fault fault =
      fault_at(from_behind ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, moment, block);
  std::size_t first = repair.first;
  std::size_t last = repair.last;
  if (!repair.found) {
    // More than the last four bytes: the write behind began in the seal at the latest.
    first = from_behind ? kHeaderSize - kBackRepair - 1 : 0;
    last = kHeaderSize - 1;
  }
  const std::uintptr_t at = address_of(block.header());
  fault.damage.address = at + first;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
  fault.damage.length = last - first + 1;
  fault.damage.at_least = !repair.found && from_behind;
  fault.damage.somewhere = !repair.found && !from_behind;
  const std::uint16_t canary = front_canary_of(at + kHeaderSize, state_.keys);
  fill_window(fault.damage, readable_around(block), [&](std::uintptr_t address) -> ExpectedByte {
    if (address < at || address >= at + kHeaderSize) return {};
    if (repair.found) return {true, repair.bytes[address - at]};
    if (address < at + kHeaderSize - 2) return {};
    return {true, static_cast<std::uint8_t>(address == at + kHeaderSize - 1 ? canary >> 8 : canary)};
  });
  return fault;
}

/// An underflow of more than the header's 32 bytes has also hit the padding of the block before.
void Examiner::extend_underflow(BlockView before, Fault& fault) const noexcept {
  BlockFields fields;
  if (!fault.damage.at_least || read_header(before.header(), state_.keys, fields) != HeaderVerdict::kIntact)
    return;
  if (fields.state != BlockState::kLive) return;
  const Damage padding = padding_damage(before, fields.requested);
  if (!runs_to(padding, address_of(before.user()) + before.capacity())) return;
  fault.damage = padding;
  fault.damage.offset = static_cast<std::int64_t>(padding.address - fault.block.user);
  fault.damage.length = fault.block.user - padding.address;
}

/// What a block before has to do with it: a fault of its own whose damage runs on over this header, or none.
Fault Examiner::overrun_of(BlockView block, Moment moment) const noexcept {
  constexpr unsigned kLongestRun = 64;  // blocks looked back over, all with damaged headers
  BlockView before = block_before(block);
  for (unsigned i = 0; before.present() && i < kLongestRun; ++i, before = block_before(before)) {
    BlockFields fields;
    if (read_header(before.header(), state_.keys, fields) != HeaderVerdict::kIntact) continue;
    // Neither holds anything that an overrun would have changed.
    if (fields.state == BlockState::kCondemned || fields.state == BlockState::kBlank) return {};
    const Fault fault =
        fields.state == BlockState::kLive ? damaged_padding(before, moment) : damaged_idle(before, moment);
    const bool reaches =
        fault.neighbour.present() && fault.damage.address + fault.damage.length > address_of(block.header());
    return reaches ? fault : Fault{};
  }
  return {};
}

Fault Examiner::damaged_header(BlockView block, Moment moment) const noexcept {
  if (const Fault overrun = overrun_of(block, moment); overrun.kind != FaultKind::kNone) return overrun;
  Fault fault = header_hit_by_own_block(block, moment);
  if (fault.kind != FaultKind::kHeapBufferUnderflow) return fault;
  if (const BlockView before = block_before(block); before.present()) extend_underflow(before, fault);
  return fault;
}

}  // namespace padlock::core
