// The malloc family as programs call it, from several threads by a script: sizes, alignments, contents,
// errno, counts and reports, with every arena, large block and cache in between.
#include <atomic>
#include <cstdint>

#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

std::atomic<std::int64_t> passed_ms{0};

class CrewWithClock final : public Crew {
 public:
  bool pass(std::int64_t seconds) override {
    passed_ms += seconds * 1000;
    return true;
  }
};

}  // namespace
}  // namespace padlock::fuzz

// The linker leads calls of os::monotonic_ms() here: how long memory has been idle is reckoned by it.
extern "C" std::int64_t __real__ZN7padlock2os12monotonic_msEv() noexcept;
extern "C" std::int64_t __wrap__ZN7padlock2os12monotonic_msEv() noexcept;
extern "C" std::int64_t __wrap__ZN7padlock2os12monotonic_msEv() noexcept {
  return __real__ZN7padlock2os12monotonic_msEv() + padlock::fuzz::passed_ms;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace padlock::fuzz;
  static CrewWithClock crew;  // threads that live on see more than ones that begin for each input
  Conductor(crew, decode_script({data, size})).play();
  return 0;
}
