// The malloc family as programs call it, from several threads by a script: sizes, alignments, contents,
// errno, counts and reports, with every arena, large block and cache in between.
#include <cstdint>

#include "threads/conductor.h"

extern "C" const char* padlock_default_options() {
  return "halt_on_error=0:symbolize=0:log_path=/dev/"
         "null:arenas=3:large_threshold_kb=64:quarantine_size_kb=512:"
         "large_quarantine_kb=4096:trace_memory_mb=64:check_at_exit=0:handle_segv=0:seed=1";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  static Crew crew;  // threads that live on see more than ones that begin for each input
  Conductor(crew, decode_script({data, size})).play();
  return 0;
}
