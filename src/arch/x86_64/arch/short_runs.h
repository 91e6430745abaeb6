// Short runs of words that are made from their addresses, sixteen bytes at a time: inline in malloc and free,
// so it is instructions that count.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/word_ramps.h"

namespace padlock::arch {

/// Whether no bit of a pair is set: one instruction of SSE4.1.
[[gnu::always_inline]] inline bool is_zero(WordPair pair) noexcept {
  using Bits = long long __attribute__((vector_size(16)));
  const auto bits = reinterpret_cast<Bits>(pair);
  return __builtin_ia32_ptestz128(bits, bits) != 0;
}

/// [begin, end), aligned to 16 bytes, in one stretch and not empty, becomes the words of its ramp.
[[gnu::always_inline]] inline void fill_short(std::byte* begin, std::byte* end,
                                              const WordRamp& ramp) noexcept {
  WordPair pair = ramp.pair_at(address_of(begin));
  const WordPair step = ramp.pair_step();
  auto* at = reinterpret_cast<WordPair*>(begin);
  auto* const stop = reinterpret_cast<WordPair*>(end);
  if ((end - begin) % 32 != 0) {
    *at++ = pair;
    pair += step;
  }
  for (; at != stop; at += 2) {
    at[0] = pair;
    pair += step;
    at[1] = pair;
    pair += step;
  }
}

/// Whether [begin, end), as above, holds them. No early exit: damage is rare.
[[gnu::always_inline]] inline bool short_intact(const std::byte* begin, const std::byte* end,
                                                const WordRamp& ramp) noexcept {
  WordPair pair = ramp.pair_at(address_of(begin));
  const WordPair step = ramp.pair_step();
  WordPair changed = {};
  const auto* at = reinterpret_cast<const WordPair*>(begin);
  const auto* const stop = reinterpret_cast<const WordPair*>(end);
  if ((end - begin) % 32 != 0) {
    changed = *at++ ^ pair;
    pair += step;
  }
  for (; at != stop; at += 2) {
    changed |= at[0] ^ pair;
    pair += step;
    changed |= at[1] ^ pair;
    pair += step;
  }
  return is_zero(changed);
}

}  // namespace padlock::arch
