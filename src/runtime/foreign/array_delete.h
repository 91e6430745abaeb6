// delete[] of what a plain new created, where the elements have a destructor: the number of elements that the
// compiled code reads in front of the block is part of the block's header, and the destructor of the last one
// is called somewhere outside the address space, long before Padlock's delete[] would be.
#pragma once

#include "arch/context.h"
#include "core/fault.h"

namespace padlock::runtime {

/// For an access outside the address space (a general protection fault): the mismatch, if the interrupted
/// registers and the words on top of the stack show such a loop over the elements; otherwise a fault of kind
/// kNone. Waits for no lock.
core::Fault explain_array_delete(const arch::Context& context) noexcept;

}  // namespace padlock::runtime
