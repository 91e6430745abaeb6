// Calls and jumps as machine code: where they lead. The code is read by the caller (os/call_target.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::arch {

struct BranchTarget {
  std::uintptr_t address = 0;  // 0: no such instruction, or one that does not say
  bool in_slot = false;        // the target is the pointer at `address`
};

/// Bytes of code in front of a return address that show the call.
inline constexpr std::size_t kCallBytes = 6;
/// Of the call that returns to `return_address`: `call rel32` and `call *slot(%rip)`.
BranchTarget called_before(std::uintptr_t return_address, const std::uint8_t (&code)[kCallBytes]) noexcept;

/// Bytes of code that show such a jump.
inline constexpr std::size_t kJumpBytes = 11;
/// Of the stub of a linkage table at `address`: nothing but `jmp *slot(%rip)`.
BranchTarget jumped_to(std::uintptr_t address, const std::uint8_t (&code)[kJumpBytes]) noexcept;

}  // namespace padlock::arch
