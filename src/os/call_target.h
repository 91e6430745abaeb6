// What a call instruction calls, read from the code in front of its return address.
#pragma once

#include <cstdint>

namespace padlock::os {

/// The function behind the call that returns to `return_address`, through jumps of the linkage table; 0 where
/// the code does not show it: a call by a register or by a pointer in memory (a virtual function), no code
/// there. Where that function ends by jumping to another one (a tail call), it is the first of them.
std::uintptr_t call_target(std::uintptr_t return_address) noexcept;

}  // namespace padlock::os
