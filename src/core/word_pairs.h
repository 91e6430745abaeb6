// Runs of one eight-byte word, sixteen bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::core {

/// Two words in a vector register, as in the memory of any type.
using WordPair = std::uint64_t __attribute__((vector_size(16), may_alias));

inline void fill_pairs(std::byte* begin, std::byte* end, std::uint64_t poison) noexcept {
  const WordPair both = {poison, poison};
  auto* at = reinterpret_cast<WordPair*>(begin);
  for (auto* const stop = reinterpret_cast<WordPair*>(end); at != stop; ++at) *at = both;
}

inline bool pairs_intact(const std::byte* begin, const std::byte* end, std::uint64_t poison) noexcept {
  // No early exit: damage is rare. Two independent chains keep the loads busy.
  const WordPair both = {poison, poison};
  WordPair changed0 = {};
  WordPair changed1 = {};
  const auto* at = reinterpret_cast<const WordPair*>(begin);
  const auto* const stop = reinterpret_cast<const WordPair*>(end);
  for (; stop - at >= 2; at += 2) {
    changed0 |= at[0] ^ both;
    changed1 |= at[1] ^ both;
  }
  if (at != stop) changed0 |= *at ^ both;
  changed0 |= changed1;
  return (changed0[0] | changed0[1]) == 0;
}

}  // namespace padlock::core
