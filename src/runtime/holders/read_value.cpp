// A value decodes to the one word that it may have been read from. By itself that says little: of all numbers
// that are no addresses, one in a few decodes to some place. So the word has to lie in a block, where the
// memory still holds it, or the value is hardly further from it than a member is.
#include "runtime/holders/read_value.h"

#include <algorithm>
#include <optional>

#include "arch/operand.h"
#include "core/block/pattern.h"
#include "os/memory.h"
#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"
#include "runtime/memory/arena_set.h"

namespace padlock::runtime {
namespace {

constinit core::Poison poison;

constexpr std::int64_t kMember = 4096;  // bytes, from the beginning of an object to a member

struct Word {
  std::uintptr_t address = 0;
  std::int64_t offset = 0;  // of the value
  bool gone = false;
};

bool holds_word(std::uintptr_t address) noexcept {
  return os::is_readable(address, sizeof(std::uint64_t)) &&
         core::load_word(reinterpret_cast<const std::byte*>(address)) == poison.word(address);
}

std::optional<core::BlockSnapshot> try_find_former(const Place& place, std::uintptr_t address) noexcept {
  return place.holder == Holder::kArena ? place.arena->try_find_former(address)
                                        : try_find_block(place, address);
}

core::BlockSnapshot former_block(const Place& place, std::uintptr_t address) noexcept {
  return look_patiently([&] { return try_find_former(place, address); }).value_or(core::BlockSnapshot{});
}

// Whether the program could read a word there that Padlock had put there.
bool is_data(const core::BlockSnapshot& block, std::uintptr_t address) noexcept {
  if (!block.sealed || address < block.user) return false;
  const std::uint64_t end = block.state == core::BlockState::kLive
                                ? block.requested
                                : block.block_size - (block.user - block.header);
  return address - block.user < end;
}

core::Fault fault_at(const core::BlockSnapshot& block, const Word& word) noexcept {
  core::Fault fault;
  const bool known = is_data(block, word.address) && block.number != 0;
  const bool live = known && block.state == core::BlockState::kLive;
  fault.kind = live ? core::FaultKind::kUninitialized : core::FaultKind::kUseAfterFree;
  if (known) fault.block = block;
  return fault;
}

core::Fault explain_pattern(std::uint64_t value, Word& word) noexcept {
  const std::optional<core::Poison::Source> source = poison.decode(value);
  if (!source) return {};
  const Place place = place_of(source->address);
  if (place.holder == Holder::kNobody || place.holder == Holder::kBootstrap) return {};
  word = {source->address, source->offset, !holds_word(source->address)};
  if (word.gone && (word.offset < -kMember || word.offset > kMember)) return {};
  const core::BlockSnapshot block = former_block(place, word.address);
  return word.gone && !is_data(block, word.address) ? core::Fault{} : fault_at(block, word);
}

core::Fault explain_link(std::uint64_t value, Word& word) noexcept {
  core::Fault fault;
  arena_set.for_each([&](Arena& arena) {
    if (fault.kind != core::FaultKind::kNone) return;
    const auto link = look_patiently([&] { return arena.try_find_link(value, core::Poison::kReach); });
    if (!link || link->address == 0) return;
    word = {link->address, link->offset};
    fault = fault_at(former_block({Holder::kArena, &arena}, link->address), word);
  });
  return fault;
}

bool is_filled(std::uintptr_t address) noexcept {
  const Place place = place_of(address);
  return place.holder != Holder::kNobody && place.holder != Holder::kBootstrap && holds_word(address);
}

core::Fault explain_filled(std::uintptr_t address) noexcept {
  const core::BlockSnapshot block = former_block(place_of(address), address);
  return is_data(block, address) ? fault_at(block, {address}) : core::Fault{};
}

core::Fault explain_lower_half(std::uint32_t half) noexcept {
  core::Fault fault;
  poison.for_each_with_lower_half(half, [&](std::uintptr_t address) {
    const bool fits = static_cast<std::uint32_t>(poison.word(address)) == half;
    if (fault.kind != core::FaultKind::kNone || !fits || !is_filled(address)) return;
    fault = explain_filled(address);
    fault.read = {
        .use = core::ReadValue::Use::kIndex, .part = core::ReadValue::Part::kLowerHalf, .source = address};
  });
  return fault;
}

// Thousands of words in a row have it.
core::Fault explain_upper_half(std::uint32_t half) noexcept {
  core::Fault fault;
  const AddressRange range = poison.with_upper_half(half);
  for (std::uintptr_t address = range.begin; address < range.end; address += sizeof(std::uint64_t)) {
    if (static_cast<std::uint32_t>(poison.word(address) >> 32) != half || !is_filled(address)) continue;
    const core::Fault found = explain_filled(address);
    if (found.kind == core::FaultKind::kNone) continue;
    if (fault.kind != core::FaultKind::kNone && found.block.user != fault.block.user) {
      fault.block = {};
      return fault;
    }
    fault = found;
    fault.read = {.use = core::ReadValue::Use::kIndex,
                  .part = core::ReadValue::Part::kUpperHalf,
                  .source = address + sizeof half};
    address = std::max(address, found.block.user + found.block.requested);  // on to the next block
    address -= address % sizeof(std::uint64_t);
  }
  return fault;
}

}  // namespace

void set_up_read_values(const core::Poison& of_heaps) noexcept { poison = of_heaps; }

core::Fault explain_value(std::uint64_t value, core::ReadValue::Use use) noexcept {
  const bool set_up = !(poison == core::Poison());
  if (!set_up || !arch::is_never_canonical(value)) return {};
  Word word;
  core::Fault fault = explain_pattern(value, word);
  if (fault.kind == core::FaultKind::kNone) fault = explain_link(value, word);
  if (fault.kind == core::FaultKind::kNone) return fault;
  if (use != core::ReadValue::Use::kSize) fault.address = value;
  fault.read = {.use = use, .value = value, .offset = word.offset, .source = word.address, .gone = word.gone};
  return fault;
}

core::Fault explain_half(std::uint64_t index) noexcept {
  const auto half = static_cast<std::uint32_t>(index);
  const auto extended = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(half)});
  const bool set_up = !(poison == core::Poison());
  if (!set_up || (index != half && index != extended)) return {};
  core::Fault fault = explain_lower_half(half);
  if (fault.kind == core::FaultKind::kNone) fault = explain_upper_half(half);
  fault.read.value = half;
  return fault;
}

}  // namespace padlock::runtime
