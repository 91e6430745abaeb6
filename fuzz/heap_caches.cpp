// Programs with bugs on a heap with caches in front: what the caches hand out is nobody else's, nothing gets
// lost between them and the heap, and each bug is found as exactly what it is when its block leaves a cache.
#include <cstdint>

#include "player/cached.h"

extern "C" const unsigned char padlock_fuzz_dialect =
    static_cast<unsigned char>(padlock::fuzz::Dialect::kMisuse);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  const Program program = decode({data, size}, Dialect::kMisuse);
  CachedPlayer(program).play();
  return 0;
}
