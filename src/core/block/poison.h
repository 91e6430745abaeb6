// The pattern of memory that Padlock owns, and of memory that it hands out for the first time: every
// eight-byte word is made from its own address and the heap's key. A pure type; what is filled with it is the
// business of pattern.h and idle_memory.h.
//
// Read as a pointer, no word is canonical: bits 63 and 62 always differ, so using one traps, with five levels
// of page tables too. Words lie more than 128 KiB apart, so a pointer that was read from such memory, and
// then moved by the offset of a field, still says where it was read. In one stretch of 4 KiB words rise with
// their addresses, in another their complements do: no bit is the same everywhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/random.h"
#include "base/range.h"
#include "base/word_ramps.h"

namespace padlock::core {

class Poison {
 public:
  /// How far a value may lie from a word and still be attributed to it, in bytes on both sides.
  static constexpr std::int64_t kReach = 64 * 1024;

  constexpr Poison() noexcept = default;
  /// One for each secret, any will do.
  constexpr explicit Poison(std::uint64_t secret) noexcept {
    Random random(secret);
    const std::uint64_t stride = kLeastStride + 2 * (random.next() % kStrides);
    const std::uint64_t first = kTopBit + kMargin + random.next() % kFirsts;
    ramps_.ramps[0] = WordRamp::of(first, stride);
    ramps_.ramps[1] = WordRamp::of(~first, -stride);
  }

  /// The word at `address`, a multiple of 8 below 2^47.
  [[nodiscard]] constexpr std::uint64_t word(std::uintptr_t address) const noexcept {
    return ramps_.word_at(address);
  }
  /// The byte at any address.
  [[nodiscard]] constexpr std::uint8_t byte(std::uintptr_t address) const noexcept {
    return static_cast<std::uint8_t>(word(address & ~std::uintptr_t{7}) >> (8 * (address & 7)));
  }

  /// Where a value may have been read.
  struct Source {
    std::uintptr_t address = 0;  // of the word
    std::int64_t offset = 0;     // the value is the word plus this, at most kReach either way
  };
  /// The word that `value` is, or lies near; there is at most one. Nothing says that the memory there was
  /// ever filled: the caller has to look at it.
  [[nodiscard]] constexpr std::optional<Source> decode(std::uint64_t value) const noexcept {
    const bool falls = value >> 63 != 0;
    const WordRamp& rising = ramps_.ramps[0];
    const std::uint64_t risen = (falls ? ~value : value) - rising.first[0];
    const std::uint64_t number = (risen + rising.stride / 2) / rising.stride;  // of the nearest
    if (number >= kWords) return std::nullopt;
    const std::uintptr_t address = number * sizeof value;
    const auto offset = static_cast<std::int64_t>(value - word(address));
    if (offset < -kReach || offset > kReach) return std::nullopt;
    return Source{address, offset};
  }

  /// Visits each address below 2^47 that may hold a word with this lower half, once in 32 GiB in each of both
  /// directions. Which direction is that of the address, is not looked at.
  template <typename Visit>
  constexpr void for_each_with_lower_half(std::uint32_t half, Visit visit) const noexcept {
    const auto stride = static_cast<std::uint32_t>(ramps_.ramps[0].stride);
    const auto first = static_cast<std::uint32_t>(ramps_.ramps[0].first[0]);
    for (const std::uint32_t risen : {half, ~half}) {
      const std::uint32_t number = (risen - first) * inverse_of(stride);
      for (std::uint64_t at = number; at < kWords; at += std::uint64_t{1} << 32) visit(at * sizeof(half) * 2);
    }
  }
  /// The addresses whose words may have this upper half: 256 KiB of them at most, or none.
  [[nodiscard]] constexpr AddressRange with_upper_half(std::uint32_t half) const noexcept {
    const bool falls = half >> 31 != 0;
    const std::uint64_t from = std::uint64_t{falls ? ~half : half} << 32;
    const WordRamp& rising = ramps_.ramps[0];
    const std::uint64_t end = from + 0xffff'ffff;
    if (end < rising.first[0]) return {};
    const std::uint64_t least =
        (std::max(from, rising.first[0]) - rising.first[0] + rising.stride - 1) / rising.stride;
    const std::uint64_t most = std::min((end - rising.first[0]) / rising.stride + 1, kWords);
    if (least >= most) return {};
    return {least * sizeof from, most * sizeof from};
  }

  [[nodiscard]] constexpr const WordRamps& ramps() const noexcept { return ramps_; }
  constexpr bool operator==(const Poison&) const noexcept = default;

 private:
  // Of an odd number, modulo 2^32: each step doubles the bits that are right, of which three are to begin
  // with.
  static constexpr std::uint32_t inverse_of(std::uint32_t odd) noexcept {
    std::uint32_t inverse = odd;
    for (int bits = 3; bits < 32; bits *= 2) inverse *= 2 - odd * inverse;
    return inverse;
  }

  static constexpr std::uint64_t kTopBit = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kWords = std::uint64_t{1} << 44;  // of all addresses that programs have
  static constexpr std::uint64_t kMargin = 1 << 20;                // more than kReach, and from 2^63 as well
  // Odd, more than 2 * kReach, and all words of the address space fit below bit 62.
  static constexpr std::uint64_t kLeastStride = 2 * kReach + 1;
  static constexpr std::uint64_t kStrides = 27000;
  static constexpr std::uint64_t kFirsts =
      kTopBit - 2 * kMargin - (kLeastStride + 2 * kStrides) * kWords;  // about 2^60
  static_assert(kFirsts < kTopBit);

  WordRamps ramps_;
};

}  // namespace padlock::core
