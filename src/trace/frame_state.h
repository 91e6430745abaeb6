// The registers of one frame: where a walk begins, and what each step makes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/frame.h"

namespace padlock::trace {

inline constexpr std::size_t kMaxDepth = 64;

using arch::FrameState;
using arch::is_code_address;

/// In place of the slot that a frame pointer was loaded from: the one that the walk began with, and one that
/// was logged when it was loaded.
inline constexpr std::uintptr_t kFpAtStart = 0;
inline constexpr std::uintptr_t kFpLogged = 1;

}  // namespace padlock::trace
