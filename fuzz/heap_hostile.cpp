// Regions overwritten at will, headers and links among them: the heap reports, goes on, ends every call, and
// touches nothing that is not its own.
#include <cstdint>

#include "player/hostile.h"

extern "C" const unsigned char padlock_fuzz_dialect =
    static_cast<unsigned char>(padlock::fuzz::Dialect::kHostile);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  const Program program = decode({data, size}, Dialect::kHostile);
  HostilePlayer(program).play();
  return 0;
}
