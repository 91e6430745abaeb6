// Random lifetimes: any of 50,000 blocks is replaced by one of another size.
#include <vector>

#include "kernels.h"

namespace bench {

std::uint64_t random_lifetimes(const Parameters& parameters) {
  std::vector<Block> blocks(50'000);
  std::uint64_t sum = 0;
  Random random(3);
  for (std::uint64_t turn = parameters.times(6'000'000); turn != 0; --turn) {
    Block& victim = blocks[random.below(blocks.size())];
    sum += take_block(victim);
    victim = make_block(random.size(4, 11), turn);
  }
  for (Block& block : blocks) sum += take_block(block);
  return sum;
}

}  // namespace bench
