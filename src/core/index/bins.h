// Which bin a block size belongs to: one bin for each small size, then eight to each power of two, and a
// bitmap of the bins that hold anything (two-level segregated fit: Masmano, Ripoll, Crespo, Real, "TLSF:
// a new dynamic memory allocator for real-time systems", 2004).
#pragma once

#include <bit>
#include <cstdint>

#include "core/block/header_layout.h"

namespace padlock::core {

inline constexpr std::uint32_t kExactBins = 64;  // sizes below 64 granules
inline constexpr std::uint32_t kStepsPerPower = 8;
inline constexpr std::uint32_t kBinCount = kExactBins + (header_field::kGranules.width - 6) * kStepsPerPower;

/// Every size of a bin is larger than every size of the bins before it.
constexpr std::uint32_t bin_of(std::uint32_t granules) noexcept {
  if (granules < kExactBins) return granules;
  const auto power = static_cast<std::uint32_t>(std::bit_width(granules)) - 1;
  const std::uint32_t step = (granules >> (power - 3)) & (kStepsPerPower - 1);
  return kExactBins + (power - 6) * kStepsPerPower + step;
}
static_assert(bin_of(63) + 1 == bin_of(64) && bin_of(kMaxGranules) == kBinCount - 1);

class BinMap {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kBits = 256;  // those from kBinCount on are never set

  void set(std::uint32_t bin) noexcept { words_[bin / 64] |= std::uint64_t{1} << (bin % 64); }
  void clear(std::uint32_t bin) noexcept { words_[bin / 64] &= ~(std::uint64_t{1} << (bin % 64)); }

  [[nodiscard]] bool test(std::uint32_t bin) const noexcept {
    return (words_[bin / 64] >> (bin % 64) & 1U) != 0;
  }

  /// The first bin at or after `bin` that is set, or kNone.
  [[nodiscard]] std::uint32_t first_from(std::uint32_t bin) const noexcept {
    if (bin >= kBinCount) return kNone;
    std::uint32_t word = bin / 64;
    std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (bin % 64));
    while (bits == 0) {
      if (++word == kBits / 64) return kNone;
      bits = words_[word];
    }
    return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
  }

 private:
  std::uint64_t words_[kBits / 64] = {};
};
static_assert(kBinCount <= BinMap::kBits);

}  // namespace padlock::core
