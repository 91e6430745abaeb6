// Any bytes as an instruction: what is said of its addresses needs no byte that is not there, and adds up.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "arch/operand.h"
#include "model/require.h"
#include "support/operations.h"

namespace {

using padlock::arch::AddressOperand;
using padlock::arch::AddressOperands;
using padlock::fuzz::Operations;
using padlock::fuzz::require;

// Registers far apart, so that a sum shows which ones are in it.
padlock::arch::Registers make_registers() {
  padlock::arch::Registers registers;
  std::uintptr_t value = 0x0123'4567'89ab'cdef;
  for (std::uintptr_t& general : registers.general) general = value = value * 0x9e37'79b9'7f4a'7c15 + 1;
  registers.instruction = 0x7000'1234'5678;
  return registers;
}

// A copy that ends where the bytes do: a read behind it is seen.
AddressOperands decode(const std::uint8_t* data, std::size_t size,
                       const padlock::arch::Registers& registers) {
  Operations::add();
  const std::vector<std::uint8_t> code(data, data + size);
  return padlock::arch::address_operands(code, registers);
}

bool adds_up(const AddressOperand& operand) {
  constexpr std::uintptr_t kReach = std::uintptr_t{1} << 31;  // a displacement, the length of a vector
  const std::uintptr_t rest = operand.address - operand.base - operand.index * operand.scale;
  if (rest + kReach <= 2 * kReach) return true;
  // A place that is jumped to, or beside the code.
  return operand.use != AddressOperand::Use::kAccess && operand.base == 0 && operand.index == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const padlock::arch::Registers registers = make_registers();
  const AddressOperands found = decode(data, size, registers);
  require(found.count <= found.list.size(), "there are no more operands than there is room for");
  for (const AddressOperand& operand : found) require(adds_up(operand), "an address is a sum of its parts");
  for (std::size_t shorter = 0; shorter < std::min(size, padlock::arch::kMaxInstruction); ++shorter) {
    const AddressOperands part = decode(data, shorter, registers);
    const bool same = std::equal(part.begin(), part.end(), found.begin(), found.end());
    require(part.count == 0 || same, "what is known does not change with more bytes", {{"bytes", shorter}});
  }
  return 0;
}
