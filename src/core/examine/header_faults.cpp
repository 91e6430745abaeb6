// A header does not verify: was it overrun by a block before it, hit by a write that ended right before
// its own user pointer, or by anything else?
#include "core/block/header_repair.h"
#include "core/block/sealed_block.h"
#include "core/examine/examiner.h"

namespace padlock::core {

HeaderRepair Examiner::repair_of(BlockView block) const noexcept {
  std::optional<std::uint32_t> seal;
  if (holder_of(block) == Holder::kProgram) {
    const auto padding = padding_remains(block.header(), block.granules, state_.keys);
    if (padding) seal = padding->seal;
  }
  return repair_header(block.header(), block.granules, state_.last_number, state_.keys, seal);
}

Fault Examiner::header_hit_by_own_block(BlockView block, Moment moment) const noexcept {
  const AddressRange readable = readable_around(block);
  if (const HeaderRepair was = repair_of(block); was.found) {
    return header_fault(snapshot(block), was, readable, moment);
  }
  const bool live = holder_of(block) == Holder::kProgram;
  const HeaderRemains remains =
      remains_of(block.header(), block.granules, state_.last_number, live, state_.keys);
  return lost_header_fault(snapshot(block), remains, readable, moment);
}

// An underflow of more than the header's 32 bytes has also hit the padding of the block before.
void Examiner::extend_underflow(BlockView before, Fault& fault) const noexcept {
  BlockFields fields;
  if (!fault.damage.at_least || fault.damage.changed != 0 ||
      read_header(before.header(), state_.keys, fields) != HeaderVerdict::kIntact)
    return;
  if (fields.state != BlockState::kLive) return;
  const Damage padding = padding_damage(address_of(before.user()), fields.requested, before.capacity(),
                                        readable_around(before), canary_behind(before.header(), state_.keys));
  if (!runs_to(padding, address_of(before.user()) + before.capacity())) return;
  const std::uint64_t in_header = fault.damage.least();
  fault.damage = padding;
  if (padding.changed != 0) fault.damage.changed = padding.changed + in_header;
  fault.damage.offset = static_cast<std::int64_t>(padding.address - fault.block.user);
  fault.damage.length = fault.block.user - padding.address;
}

// What a block before has to do with it: a fault of its own whose damage runs on over this header, or none.
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

// The block before `block`, if the program has it and everything of it is sound: a write through it may have
// jumped over its padding.
BlockSnapshot Examiner::sound_before(BlockView block) const noexcept {
  const BlockView before = block_before(block);
  BlockFields fields;
  if (!before.present() || read_header(before.header(), state_.keys, fields) != HeaderVerdict::kIntact)
    return {};
  // Behind no other is there padding that is made from the header's seal.
  const bool sound = fields.requested + kMinPadding <= before.capacity() &&
                     padding_holds(before.header(), fields.requested, before.capacity(), state_.keys);
  return sound ? snapshot(before) : BlockSnapshot{};
}

Fault Examiner::damaged_header(BlockView block, Moment moment) const noexcept {
  if (const Fault overrun = overrun_of(block, moment); overrun.kind != FaultKind::kNone) return overrun;
  Fault fault = header_hit_by_own_block(block, moment);
  if (fault.kind == FaultKind::kMetadataCorruption) fault.neighbour = sound_before(block);
  if (fault.kind != FaultKind::kHeapBufferUnderflow) return fault;
  if (const BlockView before = block_before(block); before.present()) extend_underflow(before, fault);
  return fault;
}

}  // namespace padlock::core
