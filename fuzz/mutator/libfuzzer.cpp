// The mutator as libFuzzer calls it. One mutation in sixteen is left to the engine's own, which is blind to
// ops but uses dictionaries and comparisons; AFL++'s driver has one that does nothing and returns 0.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "mutator/mutator.h"

extern "C" const unsigned char padlock_fuzz_dialect;  // defined by the harness

extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

namespace {

padlock::fuzz::Mutator mutator_for(unsigned seed) {
  return {static_cast<padlock::fuzz::Dialect>(padlock_fuzz_dialect), seed};
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 16 == 0 && LLVMFuzzerMutate != nullptr) {
    if (const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size); mutated != 0) return mutated;
  }
  const auto mutated = mutator_for(seed).mutate({data, size}, max_size);
  std::copy(mutated.begin(), mutated.end(), data);
  return mutated.size();
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_out_size, unsigned seed) {
  const auto crossed = mutator_for(seed).cross({data1, size1}, {data2, size2}, max_out_size);
  std::copy(crossed.begin(), crossed.end(), out);
  return crossed.size();
}
