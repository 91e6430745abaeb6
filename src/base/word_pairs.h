// Runs of one eight-byte word, sixteen bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock {

/// Two words in a vector register, as in the memory of any type.
using WordPair = std::uint64_t __attribute__((vector_size(16), may_alias));

/// Whether [begin, end), aligned to 16 bytes, is all `word`.
inline bool pairs_equal(const std::byte* begin, const std::byte* end, std::uint64_t word) noexcept {
  // No early exit: a difference is rare. Two independent chains keep the loads busy.
  const WordPair both = {word, word};
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

/// Runs that begin and end at multiples of 8, of 16 bytes or more: seldom needed, so out of the way.
[[gnu::noinline]] inline void fill_words(std::byte* begin, std::byte* end, std::uint64_t word) noexcept {
  const WordPair both = {word, word};
  for (; end - begin > static_cast<std::ptrdiff_t>(sizeof both); begin += sizeof both)
    __builtin_memcpy(begin, &both, sizeof both);
  __builtin_memcpy(end - sizeof both, &both, sizeof both);
}

[[gnu::noinline]] inline bool words_intact(const std::byte* begin, const std::byte* end,
                                           std::uint64_t word) noexcept {
  const WordPair both = {word, word};
  const auto difference_at = [&](const std::byte* at) {
    WordPair pair;
    __builtin_memcpy(&pair, at, sizeof pair);
    return pair ^ both;
  };
  WordPair changed = difference_at(end - sizeof both);
  for (; end - begin > static_cast<std::ptrdiff_t>(sizeof both); begin += sizeof both)
    changed |= difference_at(begin);
  return (changed[0] | changed[1]) == 0;
}

}  // namespace padlock
