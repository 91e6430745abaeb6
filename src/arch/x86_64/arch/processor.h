// What Padlock's code needs of the processor beyond the first x86-64, and how it waits a moment.
#pragma once

#include <cpuid.h>

namespace padlock::arch {

inline constexpr const char* kNeedsInstructions =
    "this processor has no SSE 4.2 (the CRC-32C instruction), which Padlock cannot do without\n";

/// SSE 4.2, which all code is compiled for. Calls nothing, uses no such instruction itself.
[[gnu::always_inline]] inline bool has_needed_instructions() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  __cpuid(1, a, b, c, d);
  return (c & bit_SSE4_2) != 0;
}

/// In a loop that waits for another processor.
[[gnu::always_inline]] inline void pause() noexcept { __builtin_ia32_pause(); }

}  // namespace padlock::arch
