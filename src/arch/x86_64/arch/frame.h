// A frame's registers, and where a frame keeps its return address.
#pragma once

#include <cstdint>

namespace padlock::arch {

/// The registers of a frame right after a call returned to it.
struct FrameState {
  std::uintptr_t pc = 0;  // return address
  std::uintptr_t sp = 0;  // the canonical frame address (CFA) of the callee
  std::uintptr_t fp = 0;  // rbp of that frame

  /// For a call on the way that is seldom taken: the original need not be in memory then.
  [[nodiscard]] FrameState copy() const noexcept { return {pc, sp, fp}; }
};

/// Bytes from a frame's CFA to its return address.
inline constexpr std::intptr_t kReturnAddress = -8;

/// Whether a word read off a stack can be a return address: user space is the lower half of 48 bits.
inline bool is_code_address(std::uintptr_t pc) noexcept { return pc - 1 < (std::uintptr_t{1} << 47) - 1; }

/// The caller's state, of a function with a frame pointer whose __builtin_frame_address(0) is `frame`.
inline FrameState caller_of_frame(const void* frame) noexcept {
  const auto* const words = static_cast<const std::uintptr_t*>(frame);
  return {words[1], reinterpret_cast<std::uintptr_t>(words + 2), words[0]};
}

}  // namespace padlock::arch

/// FrameState of the caller of the function that expands it (which gets a frame pointer by that).
#define PADLOCK_CALLER_STATE()                                                                    \
  ::padlock::arch::FrameState {                                                                   \
    reinterpret_cast<std::uintptr_t>(__builtin_extract_return_addr(__builtin_return_address(0))), \
        reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) + 2 * sizeof(void*),         \
        *static_cast<const std::uintptr_t*>(__builtin_frame_address(0))                           \
  }
