// Reading and decoding it.
#include "runtime/process/faulting_code.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <span>

#include "arch/addition.h"
#include "arch/loaded_call.h"
#include "base/arith.h"
#include "os/memory.h"
#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kMostAccessed =
    512;  // bytes, by one instruction; the first of them may be accessible
// What 32 bits can make of an index of 8-byte elements. An address further away, or near null, was hardly
// meant for the block: compilers walk two arrays by one's address and the distance of the other.
constexpr std::uintptr_t kMostDistance = std::uintptr_t{32} << 30;

// The code at `address`, as far as it can be read: it may end with its page.
template <std::size_t kSize>
std::span<const std::uint8_t> load_code(std::uintptr_t address, std::uint8_t (&code)[kSize]) noexcept {
  const std::uintptr_t next_page = align_down(address, std::uintptr_t{os::page_size()}) + os::page_size();
  const std::size_t in_page = std::min<std::uintptr_t>(next_page - address, sizeof code);
  for (const std::size_t size : {sizeof code, in_page}) {
    if (!os::is_readable(address, size)) continue;
    std::memcpy(code, reinterpret_cast<const void*>(address), size);
    return std::span(code).first(size);
  }
  return {};
}

// The block that `value` points to, or just behind which.
core::BlockSnapshot block_pointed_to(std::uintptr_t value) noexcept {
  const Place place = place_of(value);
  const auto block = look_patiently([&] { return try_find_block(place, value); });
  if (!block || !block->sealed || block->state == core::BlockState::kBlank) return {};
  const bool points_to_data = value >= block->user && value - block->user <= block->requested;
  return points_to_data ? *block : core::BlockSnapshot{};
}

bool is_far(const core::BlockSnapshot& block, std::uintptr_t address) noexcept {
  return address - block.user + kMostDistance > 2 * kMostDistance;
}

// What `base` was added up from right before: a block's very address, as bytes may read as an addition by
// chance.
core::BlockSnapshot block_added_to(std::uintptr_t base, const arch::Registers& registers) noexcept {
  std::uint8_t code[arch::kAdditionBytes];
  const std::uintptr_t begin = registers.instruction - sizeof code;
  if (!os::is_readable(begin, sizeof code)) return {};
  std::memcpy(code, reinterpret_cast<const void*>(begin), sizeof code);
  for (const arch::Addition& addition : arch::additions_before(code, registers)) {
    if (addition.sum != base) continue;
    for (const std::uintptr_t part : addition.parts) {
      const core::BlockSnapshot block = block_pointed_to(part);
      if (block.present() && block.user == part) return block;
    }
  }
  return {};
}

// Which of several registers is the pointer shows where one is multiplied.
core::BlockSnapshot block_of(const arch::AddressOperand& operand, const arch::Registers& registers) noexcept {
  core::BlockSnapshot block = block_pointed_to(operand.base);
  if (!block.present() && operand.scale == 1) block = block_pointed_to(operand.index);
  return block.present() ? block : block_added_to(operand.base, registers);
}

}  // namespace

arch::AddressOperands faulting_operands(const arch::Registers& registers) noexcept {
  std::uint8_t code[arch::kMaxInstruction];
  return arch::address_operands(load_code(registers.instruction, code), registers);
}

bool takes(const arch::AddressOperand& operand, std::uintptr_t address) noexcept {
  return operand.use != arch::AddressOperand::Use::kJump && address - operand.address < kMostAccessed;
}

bool loads_what_is_called(const arch::Registers& registers) noexcept {
  std::uint8_t code[arch::kLoadedCallBytes];
  return arch::calls_what_it_loads(load_code(registers.instruction, code));
}

core::BlockSnapshot block_computed_from(const arch::Context& context, std::uintptr_t address) noexcept {
  const arch::Registers registers = arch::registers_of(context);
  if (address - registers.instruction < arch::kMaxInstruction) return {};  // there is no code
  for (const arch::AddressOperand& operand : faulting_operands(registers)) {
    if (!takes(operand, address)) continue;
    const core::BlockSnapshot block = block_of(operand, registers);
    if (block.present() && !is_far(block, address)) return block;
  }
  return {};
}

}  // namespace padlock::runtime
