// The heap of core/ alone, over memory of its own: no thread cache, no lock, no stack traces.
#include <benchmark/benchmark.h>

#include <memory>

#include "padlock/heap.h"

namespace {

constexpr std::size_t kMemory = std::size_t{64} << 20;

void core_pair(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto memory = std::make_unique<std::byte[]>(kMemory);
  padlock::Heap heap({memory.get(), kMemory});
  for (auto turn : state) {
    static_cast<void>(turn);
    void* block = heap.allocate(size);
    benchmark::DoNotOptimize(block);
    heap.deallocate(block);
  }
  if (heap.fault_count() != 0) state.SkipWithError("the heap reports a fault");
}
BENCHMARK(core_pair)->RangeMultiplier(4)->Range(8, 32 << 10);

}  // namespace
