// What a trapped access hit, if it hit anything of Padlock's: a guard page, or a freed large block.
#pragma once

#include <cstdint>

#include "arch/context.h"
#include "core/fault.h"

namespace padlock::runtime {

/// A first look, with hardly any stack, no lock and no system call: false where the address is certainly not
/// Padlock's.
bool may_be_guarded(std::uintptr_t address) noexcept;

/// The fault; of kind kNone where the address is not Padlock's. Waits up to a second for other threads that
/// have the block's description under their lock.
core::Fault explain_trap(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept;

/// An access to an address that is not Padlock's, where it ends the program: far before or beyond a block,
/// from whose address the instruction computed it (Blame::kComputed), or beside the guard pages of a large
/// block whose address the code had at hand (Blame::kAtHand). Otherwise of kind kNone.
core::Fault explain_stray(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept;

/// Whether `context` is a read of Padlock's own where nothing is accessible: the quick path looks at the
/// header before a pointer that it is given. Then it is to go on, and will find no header there.
bool is_own_look(std::uintptr_t address, const arch::Context& context) noexcept;

}  // namespace padlock::runtime
