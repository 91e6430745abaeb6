// Calls as lines of a C++ test, written before each is made: for harnesses whose inputs are no programs.
// Silent unless PADLOCK_FUZZ_CALLS is set in the environment, which ./dev fuzz repro does.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace padlock::fuzz {

[[gnu::format(printf, 1, 2)]] inline void say(const char* format, ...) noexcept {
  static const bool wanted = std::getenv("PADLOCK_FUZZ_CALLS") != nullptr;
  if (!wanted) return;
  std::va_list arguments;
  va_start(arguments, format);
  std::printf("  ");
  std::vprintf(format, arguments);
  std::printf("\n");
  va_end(arguments);
  std::fflush(stdout);  // the next call may be the last
}

}  // namespace padlock::fuzz
