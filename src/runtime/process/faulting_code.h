// The instruction that faulted, and the addresses that it took. Why it faulted is judged elsewhere
// (trap_fault.h, value_trap.h).
#pragma once

#include <cstdint>

#include "arch/operand.h"
#include "core/fault.h"

namespace padlock::runtime {

/// Of the instruction at `registers.instruction`; none where that cannot be read, or not be decoded.
arch::AddressOperands faulting_operands(const arch::Registers& registers) noexcept;

/// Whether the instruction accesses `address` by that operand.
bool takes(const arch::AddressOperand& operand, std::uintptr_t address) noexcept;

/// Whether that instruction loads a function that is called or jumped to right behind: a virtual call.
bool loads_what_is_called(const arch::Registers& registers) noexcept;

/// The block that the address which faulted was computed from: a register that the instruction's operand is
/// made of points to its data, or did before the addition in front of the instruction. Absent where the
/// instruction does not show that, or `address` is not one that it takes. Waits a second for a lock, at most.
core::BlockSnapshot block_computed_from(const arch::Context& context, std::uintptr_t address) noexcept;

}  // namespace padlock::runtime
