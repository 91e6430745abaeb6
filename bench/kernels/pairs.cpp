// Tight malloc/free pairs: a block is freed before the next one is allocated, sizes in turn.
#include <span>

#include "kernels.h"

namespace bench {
namespace {

std::uint64_t pairs(std::span<const std::size_t> sizes, std::uint64_t rounds) {
  std::uint64_t sum = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const std::size_t size : sizes) {
      Block block = make_block(size, round);
      sum += take_block(block);
    }
  }
  return sum;
}

}  // namespace

std::uint64_t pairs_small(const Parameters& parameters) {
  static constexpr std::size_t kSizes[] = {8, 16, 24, 40, 64, 100, 128, 200, 256};
  return pairs(kSizes, parameters.times(6'000'000));
}

std::uint64_t pairs_medium(const Parameters& parameters) {
  static constexpr std::size_t kSizes[] = {400, 512, 777, 1024, 2000, 4096, 8192};
  return pairs(kSizes, parameters.times(7'000'000));
}

std::uint64_t pairs_large(const Parameters& parameters) {
  static constexpr std::size_t kSizes[] = {10'000, 16'384, 30'000, 65'536, 100'000};
  return pairs(kSizes, parameters.times(7'000'000));
}

}  // namespace bench
