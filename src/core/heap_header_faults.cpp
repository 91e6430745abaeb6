// A header does not verify: was it overrun by the block before it, hit by a write that ended right before
// its own user pointer, or by anything else?
#include <array>
#include <bit>

#include "core/heap.h"
#include "core/pattern.h"

namespace padlock::core {
namespace {

std::array<std::uint8_t, kHeaderSize> bytes_of(const BlockHeader* header) noexcept {
  return std::bit_cast<std::array<std::uint8_t, kHeaderSize>>(*header);
}

bool verifies(const std::array<std::uint8_t, kHeaderSize>& bytes, std::uintptr_t at,
              const Keys& keys) noexcept {
  const auto words = std::bit_cast<std::array<std::uint64_t, 4>>(bytes);
  const auto high = static_cast<std::uint32_t>(words[3] >> 32);
  return static_cast<std::uint32_t>(words[3]) == seal_of(words[0], words[1], words[2], high, at, keys) &&
         (high >> 16) == front_canary_of(at + kHeaderSize, keys);
}

/// The one-byte change that makes the header verify again, if there is one: at most 8160 attempts, so a
/// chance hit has odds of one in half a million.
bool find_single_byte(std::array<std::uint8_t, kHeaderSize> bytes, std::uintptr_t at, const Keys& keys,
                      std::size_t& index, std::uint8_t& value) noexcept {
  for (index = 0; index < kHeaderSize; ++index) {
    const std::uint8_t found = bytes[index];
    for (unsigned candidate = 0; candidate < 256; ++candidate) {
      bytes[index] = value = static_cast<std::uint8_t>(candidate);
      if (candidate != found && verifies(bytes, at, keys)) return true;
    }
    bytes[index] = found;
  }
  return false;
}

/// The damage of a write that ended right before the user pointer: its last two bytes have a known value,
/// the two before them one that is nearly sure (the high part of the allocation number). If the header
/// verifies with these restored, that was all; else the write began further down.
Damage measure_underflow(const BlockHeader* header, std::uint64_t number, const Keys& keys,
                         ByteRange readable) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(header);
  const std::uintptr_t user = at + kHeaderSize;
  const std::uint32_t high = static_cast<std::uint32_t>((number >> 32) & 0xFFFFU) |
                             (std::uint32_t{front_canary_of(user, keys)} << 16);
  auto restored = bytes_of(header);
  for (std::size_t i = 0; i < 4; ++i) restored[28 + i] = static_cast<std::uint8_t>(high >> (8 * i));
  const bool complete = verifies(restored, at, keys);
  const auto expected = [&](std::uintptr_t address) -> ExpectedByte {
    const std::uintptr_t first_known = complete ? at : user - 2;
    if (address < first_known || address >= user) return {};
    return {true, restored[address - at]};
  };
  Damage damage = measure_damage({at, user}, user, readable, expected);
  if (!complete) {
    // The seal itself, or what it covers, has changed as well.
    damage.address = user - 5;
    damage.offset = -5;
    damage.length = 5;
    damage.at_least = true;
    fill_window(damage, readable, expected);
  }
  return damage;
}

}  // namespace

Fault Heap::header_hit_by_own_block(const Block& block, HeaderVerdict verdict, Moment moment) const noexcept {
  const std::uintptr_t at = address_of(block.header());
  const ByteRange readable = readable_around(block);
  if (verdict == HeaderVerdict::kFrontDamaged) {
    Fault fault = fault_at(FaultKind::kHeapBufferUnderflow, moment, block);
    fault.damage = measure_underflow(block.header(), last_number_, keys_, readable);
    return fault;
  }
  Fault fault = fault_at(FaultKind::kMetadataCorruption, moment, block);
  std::size_t index = 0;
  std::uint8_t value = 0;
  const bool single = find_single_byte(bytes_of(block.header()), at, keys_, index, value);
  fault.damage.address = single ? at + index : at;
  fault.damage.length = single ? 1 : kHeaderSize;
  fault.damage.somewhere = !single;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
  fill_window(fault.damage, readable, [&](std::uintptr_t address) -> ExpectedByte {
    return single && address == at + index ? ExpectedByte{true, value} : ExpectedByte{};
  });
  return fault;
}

/// What the block before has to do with it: a fault of its own whose damage runs up to `block`, or none.
Fault Heap::overrun_from(const Block& before, const Block& block, HeaderVerdict verdict,
                         Moment moment) const noexcept {
  BlockFields fields;
  if (read_header(before.header(), keys_, fields) != HeaderVerdict::kIntact) return {};
  Fault fault;
  if (fields.state == BlockState::kLive) {
    fault = damaged_padding(before, moment);
    // Damage that starts behind intact padding and covers the end of the header came from above, going down.
    const bool from_the_end_on = fault.damage.address == fault.block.user + fault.block.requested;
    if (!from_the_end_on && verdict == HeaderVerdict::kFrontDamaged) return {};
  } else if (fields.state != BlockState::kCondemned) {
    const std::uintptr_t user = address_of(before.user());
    fault = damaged_idle(before, {user, user + before.capacity()}, moment);
  }
  return fault.neighbour.header == address_of(block.header()) ? fault : Fault{};
}

Fault Heap::damaged_header(const Block& block, Moment moment) const noexcept {
  BlockFields fields;
  const HeaderVerdict verdict = read_header(block.header(), keys_, fields);
  const Block before = block_before(block);
  if (before.present()) {
    const Fault overrun = overrun_from(before, block, verdict, moment);
    if (overrun.kind != FaultKind::kNone) return overrun;
  }
  Fault fault = header_hit_by_own_block(block, verdict, moment);
  if (fault.kind == FaultKind::kHeapBufferUnderflow && before.present()) extend_underflow(before, fault);
  return fault;
}

/// An underflow of more than the header's 32 bytes has also hit the padding of the block before.
void Heap::extend_underflow(const Block& before, Fault& fault) const noexcept {
  BlockFields fields;
  if (!fault.damage.at_least || read_header(before.header(), keys_, fields) != HeaderVerdict::kIntact) return;
  if (fields.state != BlockState::kLive) return;
  const Fault padding = damaged_padding(before, fault.moment);
  const std::uintptr_t end = address_of(before.user()) + before.capacity();
  if (!padding.damage.present() || padding.damage.address + padding.damage.length < end) return;
  fault.damage.address = padding.damage.address;
  fault.damage.offset = static_cast<std::int64_t>(padding.damage.address - fault.block.user);
  fault.damage.length = fault.block.user - padding.damage.address;
  fault.damage.at_least = false;
  fault.damage.window = padding.damage.window;
}

}  // namespace padlock::core
