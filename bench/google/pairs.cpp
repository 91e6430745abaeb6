// malloc and free, pair by pair, for each size: of the process's allocator, so run it under LD_PRELOAD as
// well.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <vector>

namespace {

void pair(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto turn : state) {
    static_cast<void>(turn);
    void* block = std::malloc(size);
    benchmark::DoNotOptimize(block);
    std::free(block);
  }
}
BENCHMARK(pair)->RangeMultiplier(4)->Range(8, 128 << 10)->ThreadRange(1, 2);

// A batch is allocated before any of it is freed: no block is reused while the processor still has it at
// hand.
void batch(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  std::vector<void*> blocks(1000);
  for (auto turn : state) {
    static_cast<void>(turn);
    for (void*& block : blocks) block = std::malloc(size);
    benchmark::DoNotOptimize(blocks.data());
    for (void* block : blocks) std::free(block);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(blocks.size()));
}
BENCHMARK(batch)->RangeMultiplier(8)->Range(8, 4 << 10);

void grow(benchmark::State& state) {
  const auto most = static_cast<std::size_t>(state.range(0));
  for (auto turn : state) {
    static_cast<void>(turn);
    void* block = nullptr;
    for (std::size_t size = 16; size <= most; size += size / 2) {
      void* grown = std::realloc(block, size);
      if (grown == nullptr) break;
      block = grown;
    }
    benchmark::DoNotOptimize(block);
    std::free(block);
  }
}
BENCHMARK(grow)->Arg(256)->Arg(64 << 10);

}  // namespace
