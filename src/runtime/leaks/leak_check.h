// The leak check as a whole: searches, reports, and says what it means to the process's exit status.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/frozen_threads.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// The exit status where the check was not possible. That of leaks is the option leak_exitcode.
inline constexpr int kStatusNotPossible = 24;

struct LeakCheckResult {
  bool possible = true;  // a line says why not
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

/// Reports the blocks that nothing leads to any more. Other threads stand still for as long as it takes to
/// look at all live blocks.
LeakCheckResult check_leaks(const trace::FrameState& from, os::Means means = os::Means::kTracing) noexcept;

/// For the end of the process: the same where the options ask for it, once; otherwise no leaks.
LeakCheckResult check_leaks_at_exit(const trace::FrameState& from) noexcept;

/// The exit status that follows from it; 0: the process's own.
int status_after_leaks(const LeakCheckResult& result) noexcept;

}  // namespace padlock::runtime
