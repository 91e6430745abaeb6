// The arguments of a libc function that the program called, as a hook sees them before the call goes on to
// libc (preload/pass_through.h).
#pragma once

#include <cstdint>

#include "trace/frame_state.h"

namespace padlock::runtime {

/// The caller's registers, as the stub of pass_through.h saved them on the stack. What a hook writes to the
/// arguments is what libc's function gets.
struct PassedCall {
  std::uintptr_t unused;       // keeps the stack aligned
  std::uintptr_t fp;           // rbp
  std::uintptr_t argument[6];  // rdi, rsi, rdx, rcx, r8, r9: integers and pointers, in the order of the call
  std::uintptr_t vectors;      // rax: how many vector registers a variadic call uses
  std::uintptr_t pc;           // the return address

  /// The program's frame that called.
  [[nodiscard]] trace::FrameState from() const noexcept {
    return {pc, reinterpret_cast<std::uintptr_t>(this + 1), fp};
  }
};

}  // namespace padlock::runtime
