// Decoding steps from bytes.
#include "threads/script.h"

#include "program/program.h"
#include "support/feed.h"

namespace padlock::fuzz {
namespace {

constexpr const char* kNames[] = {"allocate",
                                  "allocate_zeroed",
                                  "allocate_aligned",
                                  "allocate_posix",
                                  "free",
                                  "reallocate",
                                  "usable_size",
                                  "fill",
                                  "check",
                                  "trim",
                                  "together",
                                  "end_thread",
                                  "guards",
                                  "overflow",
                                  "underflow",
                                  "double_free",
                                  "interior_free",
                                  "wild_free",
                                  "mismatched_free",
                                  "mis_sized_free",
                                  "write_after_free",
                                  "resize_freed",
                                  "probe",
                                  "fork",
                                  "signal",
                                  "look",
                                  "idle"};
static_assert(sizeof kNames / sizeof kNames[0] == kActions);
static_assert(static_cast<std::size_t>(Action::kIdle) + 1 == kActions);

// Actions that came later have bytes of their own, so that scripts that are kept stay what they are.
constexpr std::size_t kNumbered = static_cast<std::size_t>(Action::kFork);

Action action_of(std::uint8_t byte) noexcept {
  const std::size_t behind_fork = std::size_t{kForkByte} - byte;
  return static_cast<Action>(behind_fork < kActions - kNumbered ? kNumbered + behind_fork : byte % kNumbered);
}

}  // namespace

std::size_t Step::bytes() const noexcept {
  if (size >= 0xF000) return 60000 + std::size_t{size & 0xFFFU} * 40;
  if (size >= 0xC000) return size & 0x3FFFU;
  return size % 600;
}

std::vector<Step> decode_script(std::span<const std::uint8_t> bytes) {
  Feed feed(bytes.data(), bytes.size());
  std::vector<Step> steps;
  while (!feed.empty() && steps.size() < kMostSteps) {
    Step step;
    step.action = action_of(feed.byte());
    const std::uint8_t who = feed.byte();
    step.thread = who % kThreads;
    step.place = static_cast<std::uint8_t>(who / kThreads);
    step.size = feed.number<std::uint16_t>();
    step.extra = feed.byte();
    steps.push_back(step);
  }
  return steps;
}

std::string to_text(const Step& step) {
  return std::string(kNames[static_cast<std::size_t>(step.action)]) +
         " thread=" + std::to_string(step.thread) + " place=" + std::to_string(step.place) +
         " bytes=" + std::to_string(step.bytes()) + " extra=" + std::to_string(step.extra);
}

std::string to_test(const std::vector<Step>& script) {
  std::string text = "TEST(Scripts, unnamed) {\n  play({\n";
  for (const Step& step : script) {
    text += "      {.action = Action::" + enumerator(kNames[static_cast<std::size_t>(step.action)]) +
            ", .thread = " + std::to_string(step.thread) + ", .place = " + std::to_string(step.place) +
            ", .size = " + std::to_string(step.size) + ", .extra = " + std::to_string(step.extra) + "},\n";
  }
  return text + "  });\n}\n";
}

}  // namespace padlock::fuzz
