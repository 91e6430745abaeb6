// The mutator as AFL++ loads it: AFL_CUSTOM_MUTATOR_LIBRARY=libpadlock_afl_mutator.so. The dialect comes from
// PADLOCK_FUZZ_DIALECT: legal, misuse or hostile.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "mutator/mutator.h"

namespace {

using padlock::fuzz::Dialect;
using padlock::fuzz::Mutator;

struct State {
  State(Dialect dialect, std::uint64_t seed) : mutator(dialect, seed) {}

  Mutator mutator;
  std::vector<std::uint8_t> result;  // AFL++ reads it until the next call
};

Dialect dialect_from_environment() {
  const char* text = std::getenv("PADLOCK_FUZZ_DIALECT");
  const std::string_view name = text == nullptr ? "" : text;
  if (name == "misuse") return Dialect::kMisuse;
  return name == "hostile" ? Dialect::kHostile : Dialect::kLegal;
}

}  // namespace

#define PADLOCK_AFL extern "C" __attribute__((visibility("default")))

PADLOCK_AFL void* afl_custom_init(void* /*afl*/, unsigned seed) {
  return new State(dialect_from_environment(), seed);
}

PADLOCK_AFL void afl_custom_deinit(void* data) { delete static_cast<State*>(data); }

PADLOCK_AFL std::size_t afl_custom_fuzz(void* data, std::uint8_t* buffer, std::size_t size,
                                        std::uint8_t** out, std::uint8_t* other, std::size_t other_size,
                                        std::size_t max_size) {
  State& state = *static_cast<State*>(data);
  const bool cross = other != nullptr && other_size != 0 && (size + other_size) % 8 == 0;
  state.result = cross ? state.mutator.cross({buffer, size}, {other, other_size}, max_size)
                       : state.mutator.mutate({buffer, size}, max_size);
  *out = state.result.data();
  return state.result.size();
}
