// The malloc family as programs call it, from several threads by a script: sizes, alignments, contents,
// errno, counts and reports, with every arena, large block and cache in between.
#include <cstdint>

#include "threads/conductor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  static Crew crew;  // threads that live on see more than ones that begin for each input
  Conductor(crew, decode_script({data, size})).play();
  return 0;
}
