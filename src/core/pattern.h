// The two patterns that Padlock writes into memory it does not lend out: the canary in a block's padding
// and the poison in freed memory. Filled and verified in eight-byte words, no byte loops.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace padlock::core {

inline std::uint64_t load_word(const std::byte* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

inline void store_word(std::byte* to, std::uint64_t word) noexcept { std::memcpy(to, &word, sizeof word); }

/// Byte `index` (mod 8) of an eight-byte pattern.
inline std::uint8_t pattern_byte(std::uint64_t pattern, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(pattern >> (8 * (index & 7)));
}

/// Locks [begin, end) of the memory at `base`; base and base + end are 8-byte aligned, end - begin >= 8.
inline void fill_canary(std::byte* base, std::size_t begin, std::size_t end, std::uint64_t pattern) noexcept {
  store_word(base + begin, std::rotr(pattern, static_cast<int>(8 * (begin & 7))));
  for (std::size_t i = (begin + 7) & ~std::size_t{7}; i < end; i += 8) store_word(base + i, pattern);
}

inline bool canary_intact(const std::byte* base, std::size_t begin, std::size_t end,
                          std::uint64_t pattern) noexcept {
  std::uint64_t changed = load_word(base + begin) ^ std::rotr(pattern, static_cast<int>(8 * (begin & 7)));
  for (std::size_t i = (begin + 7) & ~std::size_t{7}; i < end; i += 8)
    changed |= load_word(base + i) ^ pattern;
  return changed == 0;
}

/// `begin` and `end` are 16-byte aligned, begin <= end.
inline void fill_poison(std::byte* begin, std::byte* end, std::uint64_t poison) noexcept {
  for (; begin != end; begin += 16) {
    store_word(begin, poison);
    store_word(begin + 8, poison);
  }
}

inline bool poison_intact(const std::byte* begin, const std::byte* end, std::uint64_t poison) noexcept {
  // Two accumulators and no early exit: damage is rare, and the loop vectorizes.
  std::uint64_t changed0 = 0;
  std::uint64_t changed1 = 0;
  for (; begin != end; begin += 16) {
    changed0 |= load_word(begin) ^ poison;
    changed1 |= load_word(begin + 8) ^ poison;
  }
  return (changed0 | changed1) == 0;
}

}  // namespace padlock::core
