// Where a signal interrupted the program.
#pragma once

#include <ucontext.h>

#include <cstdint>

#include "trace/frame_state.h"

namespace padlock::runtime {

/// The interrupted frame. A frame's pc is a return address, and is looked up one byte before.
inline trace::FrameState interrupted_state(const ucontext_t& context) noexcept {
  const auto& registers = context.uc_mcontext.gregs;
  return {static_cast<std::uintptr_t>(registers[REG_RIP]) + 1,
          static_cast<std::uintptr_t>(registers[REG_RSP]), static_cast<std::uintptr_t>(registers[REG_RBP])};
}

}  // namespace padlock::runtime
