// Lifetimes of a queue: always the oldest of 8192 blocks is freed.
#include <vector>

#include "kernels.h"

namespace bench {

std::uint64_t fifo(const Parameters& parameters) {
  constexpr std::size_t kLength = 8192;
  std::vector<Block> ring(kLength);
  std::uint64_t sum = 0;
  Random random(2);
  for (std::uint64_t turn = 0, turns = parameters.times(20'000'000); turn < turns; ++turn) {
    Block& oldest = ring[turn % kLength];
    sum += take_block(oldest);
    oldest = make_block(random.size(4, 10), turn);
  }
  for (Block& block : ring) sum += take_block(block);
  return sum;
}

}  // namespace bench
