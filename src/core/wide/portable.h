// Long runs of one word, for machines that nobody has looked at.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/word_pairs.h"

namespace padlock::core::wide {

/// [begin, end) becomes all `word`.
inline void fill(std::byte* begin, std::byte* end, std::uint64_t word) noexcept {
  fill_pairs(begin, end, word);
}

/// Whether [begin, end) is all `word`.
inline bool all_equal(const std::byte* begin, const std::byte* end, std::uint64_t word) noexcept {
  return pairs_intact(begin, end, word);
}

}  // namespace padlock::core::wide
