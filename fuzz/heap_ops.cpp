// Legal programs: the heap does what it promises, and raises no alarm.
#include <cstdint>

#include "player/player.h"

extern "C" const unsigned char padlock_fuzz_dialect =
    static_cast<unsigned char>(padlock::fuzz::Dialect::kLegal);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  const Program program = decode({data, size}, Dialect::kLegal);
  Player(program).play();
  return 0;
}
