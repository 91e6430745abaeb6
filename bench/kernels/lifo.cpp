// Lifetimes of a stack: runs of allocations, then the youngest blocks are freed first.
#include <array>

#include "kernels.h"

namespace bench {

std::uint64_t lifo(const Parameters& parameters) {
  constexpr std::size_t kDepth = 4096;
  std::array<Block, kDepth> stack;
  std::size_t depth = 0;
  std::uint64_t sum = 0;
  Random random(1);
  for (std::uint64_t round = parameters.times(140'000); round != 0; --round) {
    for (std::size_t run = random.below(256); run != 0 && depth < kDepth; --run)
      stack[depth++] = make_block(random.size(4, 9), round);
    for (std::size_t run = random.below(256); run != 0 && depth > 0; --run) sum += take_block(stack[--depth]);
  }
  while (depth > 0) sum += take_block(stack[--depth]);
  return sum;
}

}  // namespace bench
