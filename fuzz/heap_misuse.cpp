// Programs with bugs: each is found, at the latest when the contract says, as exactly what it is; and nothing
// else is.
#include <cstdint>

#include "player/player.h"

extern "C" const unsigned char padlock_fuzz_dialect =
    static_cast<unsigned char>(padlock::fuzz::Dialect::kMisuse);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  const Program program = decode({data, size}, Dialect::kMisuse);
  Player(program).play();
  return 0;
}
