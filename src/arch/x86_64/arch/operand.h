// What an instruction takes for an address: of its operands in memory, of the stack, of the place that it
// jumps to. Pure: bytes and registers in, numbers out. Why an instruction faulted is for its caller to judge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/context.h"

namespace padlock::arch {

/// The longest instruction, in bytes.
inline constexpr std::size_t kMaxInstruction = 15;

/// General registers by the numbers that instructions have for them (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi,
/// r8 to r15).
struct Registers {
  std::array<std::uintptr_t, 16> general = {};
  std::uintptr_t instruction = 0;
};
Registers registers_of(const Context& context) noexcept;

struct AddressOperand {
  enum class Use : std::uint8_t {
    kAccess,       // memory is accessed at `address`
    kJump,         // the instruction leads to `address`
    kJumpThrough,  // it leads to where the word at `address` points
  };
  std::uintptr_t address = 0;
  Use use = Use::kAccess;
  std::uintptr_t base = 0;   // the registers that `address` was computed from; 0 where it has none
  std::uintptr_t index = 0;  // not multiplied
  unsigned scale = 0;        // what it was multiplied by; 0: there is no index

  friend bool operator==(const AddressOperand&, const AddressOperand&) = default;
};

struct AddressOperands {
  std::array<AddressOperand, 3> list = {};
  std::size_t count = 0;

  [[nodiscard]] const AddressOperand* begin() const noexcept { return list.data(); }
  [[nodiscard]] const AddressOperand* end() const noexcept { return list.data() + count; }
};

/// Of the instruction that `code` begins with (as many of its bytes as can be read). None where it has none,
/// is cut off or unknown, and where the operand is an address of 32 bits or a constant. Segment bases are not
/// added. Relative to the instruction pointer: those of jumps and calls alone; other such operands lie beside
/// the code. An 8-bit displacement of an EVEX instruction is taken for one in units of the whole vector,
/// which for a few instructions is too large a unit, by up to 8 KiB.
AddressOperands address_operands(std::span<const std::uint8_t> code, const Registers& registers) noexcept;

/// Whether no operand in memory can lie there and no instruction: on processors of either depth of paging.
inline bool is_never_canonical(std::uintptr_t address) noexcept {
  return ((address >> 63) ^ (address >> 62)) & 1;
}

}  // namespace padlock::arch
