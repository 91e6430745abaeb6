// What a trapped access hit, if it hit anything of Padlock's: a guard page, or a freed large block.
#pragma once

#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

/// A first look, with hardly any stack, no lock and no system call: false where the address is certainly not
/// Padlock's.
bool may_be_guarded(std::uintptr_t address) noexcept;

/// The fault; of kind kNone where the address is not Padlock's. Waits up to a second for other threads that
/// have the block's description under their lock.
core::Fault explain_trap(std::uintptr_t address, core::Access access) noexcept;

}  // namespace padlock::runtime
