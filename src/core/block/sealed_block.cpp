// The damage of a padding, and the faults of a sealed block.
#include "core/block/sealed_block.h"

namespace padlock::core {

Damage padding_damage(std::uintptr_t user, std::size_t requested, std::size_t capacity, AddressRange readable,
                      std::uint64_t canary) noexcept {
  const AddressRange padding{user + requested, user + capacity};
  return measure_damage(padding, user, readable, [&](std::uintptr_t address) -> ExpectedByte {
    if (address < padding.begin || address >= padding.end) return {};
    return {true, pattern_byte(canary, address)};
  });
}

Fault fault_of(FaultKind kind, Moment moment, const BlockSnapshot& block) noexcept {
  Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.block = block;
  return fault;
}

Fault not_live_fault(const BlockSnapshot& block, const FreeRequest& request) noexcept {
  const bool frees = request.moment == Moment::kFree;
  Fault fault = fault_of(frees ? FaultKind::kDoubleFree : FaultKind::kUseAfterFree, request.moment, block);
  fault.given_origin = request.origin;
  fault.address = block.user;
  return fault;
}

Fault mismatch_fault(FaultKind kind, const BlockSnapshot& block, const FreeRequest& request) noexcept {
  Fault fault = fault_of(kind, request.moment, block);
  fault.address = block.user;
  fault.given_origin = request.origin;
  if (kind == FaultKind::kDeleteSizeMismatch) fault.given = request.size.value_or(0);
  if (kind == FaultKind::kDeleteAlignmentMismatch) fault.given = request.alignment.value_or(0);
  return fault;
}

Fault padding_fault(const BlockSnapshot& block, std::size_t capacity, AddressRange readable,
                    std::uint64_t canary, Moment moment) noexcept {
  Fault fault = fault_of(FaultKind::kHeapBufferOverflow, moment, block);
  fault.damage = padding_damage(block.user, block.requested, capacity, readable, canary);
  return fault;
}

Fault header_fault(const BlockSnapshot& block, const HeaderRepair& was, AddressRange readable,
                   const Keys& keys, Moment moment) noexcept {
  const std::uint16_t front = front_canary_of(block.user, keys);
  const bool from_behind = byte_at(block.user - 1) != front >> 8;
  Fault fault =
      fault_of(from_behind ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, moment, block);
  std::size_t first = was.first;
  std::size_t last = was.last;
  if (!was.found) {
    // More than the last few bytes: the write behind began in the seal at the latest.
    first = from_behind ? kHeaderSize - kBackRepair - 1 : 0;
    last = kHeaderSize - 1;
  }
  fault.damage.address = block.header + first;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - block.user);
  fault.damage.length = last - first + 1;
  fault.damage.at_least = !was.found && from_behind;
  fault.damage.somewhere = !was.found && !from_behind;
  fill_window(fault.damage, readable, [&](std::uintptr_t address) -> ExpectedByte {
    if (address < block.header || address >= block.user) return {};
    if (was.found) return {true, was.bytes[address - block.header]};
    if (address < block.user - sizeof front) return {};
    return {true, pattern_byte(front, address - (block.user - sizeof front))};
  });
  return fault;
}

}  // namespace padlock::core
