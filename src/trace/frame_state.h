// The registers of one frame: where a walk begins, and what each step makes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::trace {

inline constexpr std::size_t kMaxDepth = 64;

/// The registers of a frame right after a call into Padlock returned to it.
struct FrameState {
  std::uintptr_t pc = 0;  // return address
  std::uintptr_t sp = 0;  // the canonical frame address of the callee
  std::uintptr_t fp = 0;  // rbp of that frame

  /// For a call on the way that is seldom taken: the original need not be in memory then.
  [[nodiscard]] FrameState copy() const noexcept { return {pc, sp, fp}; }
};

/// In place of the slot that a frame pointer was loaded from: the one that the walk began with, and one that
/// was logged when it was loaded.
inline constexpr std::uintptr_t kFpAtStart = 0;
inline constexpr std::uintptr_t kFpLogged = 1;

/// Whether a word read off a stack can be a return address: user space is the lower half of 48 bits.
inline bool is_code_address(std::uintptr_t pc) noexcept { return pc - 1 < (std::uintptr_t{1} << 47) - 1; }

}  // namespace padlock::trace
