// Small generators for keys and jitter; none is for cryptography.
#pragma once

#include <cstdint>

namespace padlock {

/// A bijection that spreads every input bit over the whole word (the finalizer of SplitMix64: Steele,
/// Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// SplitMix64: a sequence for each seed, any seed is fine.
class Random {
 public:
  constexpr explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept { return mix64(state_ += 0x9E3779B97F4A7C15U); }

 private:
  std::uint64_t state_;
};

}  // namespace padlock
