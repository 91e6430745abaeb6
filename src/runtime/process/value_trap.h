// A fault outside the address space whose address is a value that Padlock had put into memory: the program
// read it there, from a freed block or before it had written anything, and used it as a pointer.
#pragma once

#include "arch/context.h"
#include "core/fault.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

struct ValueTrap {
  core::Fault fault;       // of kind kNone where the fault is none of these
  trace::FrameState from;  // the frame that used the value
  // Where `fault` is none, and the address that was used is outside the address space: such a value in
  // another register, which need not have to do with the fault.
  core::Fault hint;
};

/// For an access outside the address space (arch::is_outside_address_space). What counts is the address that
/// the interrupted instruction takes, and the registers that it is made of.
ValueTrap explain_value_trap(const arch::Context& context) noexcept;

/// For an access to `address` that is none outside: an address that came out as one although a register that
/// it was made of is such a value is a fault; an index that is half of such a value is a hint.
ValueTrap explain_index_trap(const arch::Context& context, std::uintptr_t address) noexcept;

/// A line about it, worded as what may be, what is known of the block, and "END OF HINT".
void say_hint(const core::Fault& hint) noexcept;

}  // namespace padlock::runtime
