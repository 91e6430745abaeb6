// The two patterns that Padlock writes into memory: the canary in a block's padding, and the poison
// (poison.h) in memory that it does not lend out or lends out for the first time. Filled and verified in
// eight-byte words, no byte loops.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arch/short_runs.h"
#include "arch/wide.h"
#include "base/arith.h"
#include "base/word_pairs.h"
#include "base/word_ramps.h"
#include "core/block/poison.h"

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

/// The word of a padding that begins at `begin`, at whatever address modulo 8.
inline std::uint64_t first_canary_word(std::size_t begin, std::uint64_t pattern) noexcept {
  return std::rotr(pattern, static_cast<int>(8 * begin));
}

/// The second of the last two words of [begin, end), end - begin >= 8, where there are two whole ones,
/// otherwise the last. Chosen without a branch: with varying sizes it would be mispredicted.
[[gnu::always_inline]] inline std::size_t last_but_one(std::size_t begin, std::size_t end) noexcept {
  std::size_t at = end >= begin + 16 ? end - 16 : end - 8;
  asm("" : "+r"(at));  // otherwise the compiler makes a branch of it
  return at;
}

/// Locks [begin, end) of the memory at `base`; base and base + end are 8-byte aligned, end - begin >= 8.
[[gnu::always_inline]] inline void fill_canary(std::byte* base, std::size_t begin, std::size_t end,
                                               std::uint64_t pattern) noexcept {
  store_word(base + begin, first_canary_word(begin, pattern));
  store_word(base + end - 8, pattern);
  store_word(base + last_but_one(begin, end), pattern);
  if (end - begin > 24) [[unlikely]]
    fill_words(base + align_up(begin, sizeof pattern), base + end, pattern);
}

[[gnu::always_inline]] inline bool canary_intact(const std::byte* base, std::size_t begin, std::size_t end,
                                                 std::uint64_t pattern) noexcept {
  std::uint64_t changed = load_word(base + begin) ^ first_canary_word(begin, pattern);
  changed |= load_word(base + end - 8) ^ pattern;
  changed |= load_word(base + last_but_one(begin, end)) ^ pattern;
  return changed == 0 &&
         (end - begin <= 24 || words_intact(base + align_up(begin, sizeof pattern), base + end, pattern));
}

// Beyond, what is made for long runs is faster than a loop over pairs.
inline constexpr std::ptrdiff_t kShortPoison = 512;  // bytes

/// Whether a loop over pairs is the way, with one ramp.
[[gnu::always_inline]] inline bool is_short_poison(const std::byte* begin, const std::byte* end) noexcept {
  return end - begin <= kShortPoison && in_one_stretch(begin, end);
}

/// `begin` and `end` are 16-byte aligned, begin <= end; so for poison_intact().
[[gnu::always_inline]] inline void fill_poison(std::byte* begin, std::byte* end,
                                               const Poison& poison) noexcept {
  if (is_short_poison(begin, end)) [[likely]]
    return arch::fill_short(begin, end, poison.ramps().at(address_of(begin)));
  arch::wide::fill(begin, end, poison.ramps());
}

[[gnu::always_inline]] inline bool poison_intact(const std::byte* begin, const std::byte* end,
                                                 const Poison& poison) noexcept {
  if (is_short_poison(begin, end)) [[likely]]
    return arch::short_intact(begin, end, poison.ramps().at(address_of(begin)));
  return arch::wide::intact(begin, end, poison.ramps());
}

}  // namespace padlock::core
