// A live heap of so many megabytes: filled, then every block is replaced once on average, at random. The time
// over the megabytes shows how an allocator holds up as the heap grows.
#include <vector>

#include "kernels.h"

namespace bench {

std::uint64_t live_heap(const Parameters& parameters) {
  constexpr std::size_t kDefaultMegabytes = 200;
  constexpr std::size_t kMeanSize = 1363;  // of size(4, 13): the mean of 1.5 * 2^k for k in [4, 13)
  const std::size_t megabytes = parameters.megabytes != 0 ? parameters.megabytes : kDefaultMegabytes;
  std::vector<Block> blocks(megabytes * 1024 * 1024 / kMeanSize);
  std::uint64_t sum = 0;
  Random random(9);
  for (Block& block : blocks) {
    const std::size_t size = random.size(4, 13);
    block = make_block(size, random.next());
  }
  for (std::uint64_t turn = parameters.times(blocks.size()); turn != 0; --turn) {
    Block& victim = blocks[random.below(blocks.size())];
    sum += take_block(victim);
    victim = make_block(random.size(4, 13), turn);
  }
  for (Block& block : blocks) sum += take_block(block);
  return sum;
}

}  // namespace bench
