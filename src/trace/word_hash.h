// The hash function of return addresses, which depot, memo and recent stacks share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/random.h"
#include "trace/frame_state.h"

namespace padlock::trace {

inline constexpr auto kWordFactors = [] {
  std::array<std::uint64_t, kMaxDepth> factors{};
  Random random(0x7061646c6f636bU);
  for (std::uint64_t& factor : factors) factor = random.next() | 1;
  return factors;
}();

/// Sum of words, each times an odd factor of its place: multilinear hashing (Carter and Wegman, "Universal
/// classes of hash functions", 1979; modulo 2^64 as Dietzfelbinger, 1996), whose products do not wait for
/// each other. The high bits are the good ones. Two runs that differ have the same sum with odds of about
/// 2^-60: words here are addresses, of which at least one differs in its lowest few bits.
class WordHash {
 public:
  /// place < kMaxDepth
  void add(std::size_t place, std::uintptr_t word) noexcept { sum_ += word * kWordFactors[place]; }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// Of a whole stack, at most kMaxDepth deep, all bits well mixed.
inline std::uint64_t hash_of_stack(std::span<const std::uintptr_t> pcs) noexcept {
  WordHash even;  // two sums, so that neither waits for the other
  WordHash odd;
  std::size_t place = 0;
  for (; place + 1 < pcs.size(); place += 2) {
    even.add(place, pcs[place]);
    odd.add(place + 1, pcs[place + 1]);
  }
  if (place < pcs.size()) even.add(place, pcs[place]);
  const std::uint64_t sum = even.sum() + odd.sum() + pcs.size();
  return (sum ^ sum >> 32) * 0x9fb21c651e98df25U;
}

}  // namespace padlock::trace
