// Programs in small: every shape of frame that an unwinder meets. Compiled four times over, with and without
// optimization and frame pointers.
#pragma once

namespace padlock::trace_test {

/// Called at interesting depths; compares the unwinders.
using Probe = void (*)();

struct Scenario {
  const char* name;
  void (*run)(Probe probe);
};

inline constexpr int kScenarios = 9;

struct Variant {
  const char* name;
  const Scenario* scenarios;  // kScenarios of them
};

extern const Variant kO0WithFp;
extern const Variant kO0WithoutFp;
extern const Variant kO2WithFp;
extern const Variant kO2WithoutFp;

}  // namespace padlock::trace_test
