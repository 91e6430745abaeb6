// Words that are made from their own addresses, sixteen bytes at a time.
//
// Within a stretch of memory they rise, or fall, by the same amount from word to word; so a run of them takes
// one addition a vector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "base/word_pairs.h"

namespace padlock {

/// The word at `address`, a multiple of 8, is first[0] + address / 8 * stride, modulo 2^64.
struct alignas(16) WordRamp {
  std::uint64_t first[4] = {};  // the words at addresses 0 to 24
  std::uint64_t step[2] = {};   // from pair to pair: twice the stride
  std::uint64_t stride = 0;
  std::uint64_t unused = 0;  // instead of padding, which copies need not have in common

  static constexpr WordRamp of(std::uint64_t first, std::uint64_t stride) noexcept {
    return {
        {first, first + stride, first + 2 * stride, first + 3 * stride}, {2 * stride, 2 * stride}, stride, 0};
  }
  [[nodiscard]] constexpr std::uint64_t word_at(std::uintptr_t address) const noexcept {
    return first[0] + address / 8 * stride;
  }
  /// The two words from `address` on.
  [[nodiscard]] WordPair pair_at(std::uintptr_t address) const noexcept {
    const std::uint64_t risen = address / 8 * stride;
    const WordPair both = {risen, risen};
    return both + *reinterpret_cast<const WordPair*>(first);
  }
  [[nodiscard]] WordPair pair_step() const noexcept { return *reinterpret_cast<const WordPair*>(step); }
  constexpr bool operator==(const WordRamp&) const noexcept = default;
};
static_assert(sizeof(WordRamp) == 64);  // a shift finds one of an array

/// Two ramps; which one a stretch of memory has follows from its address, without a period that sizes of
/// blocks could share.
struct WordRamps {
  WordRamp ramps[2];

  static constexpr std::uintptr_t kStretch = 4096;  // bytes

  static constexpr std::size_t choice_at(std::uintptr_t address) noexcept {
    return static_cast<std::uint32_t>(address / kStretch) * 0x9E3779B9U >> 31;  // by the golden section
  }
  [[nodiscard]] constexpr const WordRamp& at(std::uintptr_t address) const noexcept {
    return ramps[choice_at(address)];
  }
  [[nodiscard]] constexpr std::uint64_t word_at(std::uintptr_t address) const noexcept {
    return at(address).word_at(address);
  }
  constexpr bool operator==(const WordRamps&) const noexcept = default;
};

/// Whether [begin, end), not empty, lies in one stretch.
inline bool in_one_stretch(const std::byte* begin, const std::byte* end) noexcept {
  return (address_of(begin) ^ (address_of(end) - 1)) < WordRamps::kStretch;
}

}  // namespace padlock
