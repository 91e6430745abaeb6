// Threads that are born, allocate a little, and die with some of their blocks still live: the next one of the
// same line frees what its ancestor left.
#include <atomic>
#include <thread>
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

using Blocks = std::vector<Block>;

std::uint64_t live_short(Blocks& inherited, std::uint64_t seed) {
  std::uint64_t sum = 0;
  Random random(seed);
  for (Block& block : inherited) sum += take_block(block);
  inherited.clear();
  for (int turn = 0; turn < 300; ++turn) {
    inherited.push_back(make_block(random.size(4, 10), seed));
    if (inherited.size() < 100) continue;
    Block& victim = inherited[random.below(inherited.size())];
    sum += take_block(victim);
    victim = make_block(random.size(4, 10), seed + 1);
  }
  return sum;
}

}  // namespace

std::uint64_t thread_churn(const Parameters& parameters) {
  std::uint64_t sum = 0;
  std::vector<Blocks> lines(parameters.threads);
  for (std::uint64_t generation = parameters.times(5'000); generation != 0; --generation) {
    std::atomic<std::uint64_t> part{0};
    std::vector<std::thread> threads;
    for (Blocks& line : lines)
      threads.emplace_back([&line, &part, generation] { part += live_short(line, generation); });
    for (std::thread& thread : threads) thread.join();
    sum += part;
  }
  for (Blocks& line : lines)
    for (Block& block : line) sum += take_block(block);
  return sum;
}

}  // namespace bench
