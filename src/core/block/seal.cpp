// From a padding's bytes back to the seal that they were made from.
#include "core/block/seal.h"

#include <cstddef>
#include <cstring>

namespace padlock::core {
namespace {

// Its product with the factor is 1 modulo 2^64: by Newton's iteration, each step of which doubles the right
// bits.
consteval std::uint64_t inverse_of(std::uint64_t odd) noexcept {
  std::uint64_t inverse = odd;  // right in the lowest three bits
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}

constexpr std::uint64_t kInverseFactor = inverse_of(kCanaryFactor);
static_assert(kInverseFactor * kCanaryFactor == 1);

constexpr std::uint64_t kOnes = 0x0101010101010101U;

// The lowest bit of every byte that is 255; `word` has no zero byte.
constexpr std::uint64_t full_bytes(std::uint64_t word) noexcept {
  // Seven bits of a byte, and the eighth, that are all set: adding one to each byte of seven carries into it.
  constexpr std::uint64_t kSeven = kOnes * 0x7F;
  return (((word & kSeven) + kOnes) & word) >> 7 & kOnes;
}

constexpr bool has_zero_byte(std::uint64_t word) noexcept {
  return ((word - kOnes) & ~word & (kOnes << 7)) != 0;
}

}  // namespace

std::uint64_t Keys::hash() const noexcept {
  std::uint64_t hash = 0;
  const auto* const bytes = reinterpret_cast<const std::byte*>(this);
  for (std::size_t i = 0; i < sizeof(Keys); i += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, sizeof word);
    hash = mix64(hash ^ word);
  }
  return hash;
}

std::optional<std::uint32_t> seal_of_canary(std::uint64_t canary, const Keys& keys) noexcept {
  if (has_zero_byte(canary)) return {};
  const std::uint64_t before = canary - kOnes;  // what nonzero_bytes() was given, if nothing was 255 there
  const std::uint64_t full = full_bytes(canary);
  std::uint64_t was_full = 0;  // every subset of `full`
  do {
    const std::uint64_t seal = (before + was_full) * kInverseFactor ^ keys.canary;
    if (seal >> 32 == 0) return static_cast<std::uint32_t>(seal);
    was_full = (was_full - full) & full;
  } while (was_full != 0);
  return {};
}

}  // namespace padlock::core
