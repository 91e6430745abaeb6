// The two patterns that Padlock writes into memory it does not lend out: the canary in a block's padding
// and the poison in freed memory. Filled and verified in eight-byte words, no byte loops.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/omitted.h"
#include "core/word_pairs.h"
#include PADLOCK_WIDE_HEADER

namespace padlock::core {

inline std::uint64_t load_word(const std::byte* from) noexcept {
  std::uint64_t word;
  __builtin_memcpy(&word, from,
                   sizeof word);  // the builtin also where the program's memcpy is not to be assumed
  return word;
}

inline void store_word(std::byte* to, std::uint64_t word) noexcept {
  __builtin_memcpy(to, &word, sizeof word);
}

/// Byte `index` (mod 8) of an eight-byte pattern.
inline std::uint8_t pattern_byte(std::uint64_t pattern, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(pattern >> (8 * (index & 7)));
}

/// Locks [begin, end) of the memory at `base`; base and base + end are 8-byte aligned, end - begin >= 8.
inline void fill_canary(std::byte* base, std::size_t begin, std::size_t end, std::uint64_t pattern) noexcept {
  if constexpr (kOmitsCanary) return;
  store_word(base + begin, std::rotr(pattern, static_cast<int>(8 * (begin & 7))));
  store_word(base + end - 8, pattern);  // with the first word that is all of most paddings
  for (std::size_t i = (begin + 7) & ~std::size_t{7}; i + 8 < end; i += 8) store_word(base + i, pattern);
}

inline bool canary_intact(const std::byte* base, std::size_t begin, std::size_t end,
                          std::uint64_t pattern) noexcept {
  if constexpr (kOmitsCanary) return true;
  std::uint64_t changed = load_word(base + begin) ^ std::rotr(pattern, static_cast<int>(8 * (begin & 7)));
  changed |= load_word(base + end - 8) ^ pattern;
  for (std::size_t i = (begin + 7) & ~std::size_t{7}; i + 8 < end; i += 8)
    changed |= load_word(base + i) ^ pattern;
  return changed == 0;
}

// Beyond, what is made for long runs is faster than a loop over pairs.
inline constexpr std::ptrdiff_t kShortPoison = 1024;  // bytes

/// `begin` and `end` are 16-byte aligned, begin <= end; so for poison_intact().
inline void fill_poison(std::byte* begin, std::byte* end, std::uint64_t poison) noexcept {
  if constexpr (kOmitsPoison) return;
  if (end - begin <= kShortPoison) [[likely]]
    return fill_pairs(begin, end, poison);
  wide::fill(begin, end, poison);
}

inline bool poison_intact(const std::byte* begin, const std::byte* end, std::uint64_t poison) noexcept {
  if constexpr (kOmitsPoison) return true;
  if (end - begin <= kShortPoison) [[likely]]
    return pairs_intact(begin, end, poison);
  return wide::all_equal(begin, end, poison);
}

}  // namespace padlock::core
