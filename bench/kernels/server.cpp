// A server as in Larson and Krishnan, "Memory Allocation for Long-Running Server Applications" (ISMM 1998):
// each thread replaces random blocks of its table, then hands the table over to a successor and ends.
#include <atomic>
#include <thread>
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

constexpr std::size_t kBlocks = 5000;
constexpr std::uint64_t kGenerations = 20;

std::uint64_t serve(std::vector<Block>& table, std::uint64_t requests, std::uint64_t seed) {
  std::uint64_t sum = 0;
  Random random(seed);
  for (; requests != 0; --requests) {
    Block& victim = table[random.below(table.size())];
    sum += take_block(victim);
    victim = make_block(8 + random.below(993), requests);
  }
  return sum;
}

}  // namespace

std::uint64_t server(const Parameters& parameters) {
  const std::uint64_t requests = parameters.times(600'000);
  std::atomic<std::uint64_t> sum{0};
  std::vector<std::vector<Block>> tables(parameters.threads);
  for (auto& table : tables)
    for (std::size_t at = 0; at < kBlocks; ++at) table.push_back(make_block(8 + at % 993, at));
  for (std::uint64_t generation = 0; generation < kGenerations; ++generation) {
    std::vector<std::thread> threads;
    for (auto& table : tables)
      threads.emplace_back([&, generation] { sum += serve(table, requests, 1 + generation); });
    for (std::thread& thread : threads) thread.join();
  }
  for (auto& table : tables)
    for (Block& block : table) sum += take_block(block);
  return sum;
}

}  // namespace bench
