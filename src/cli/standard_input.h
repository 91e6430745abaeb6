// The standard input of a program that is run several times: the same each time.
#pragma once

#include <sys/types.h>

#include <optional>

#include "cli/kept_input.h"

namespace padlock::cli {

/// A terminal and the like are left alone, and a file is read anew. What comes from a pipe or a socket is
/// passed on as it comes, by a pipe of each run's own, and kept for later runs.
class StandardInput {
 public:
  /// Throws a Refusal where it cannot be kept.
  StandardInput();

  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  /// Around each run: file descriptor 0 is what the program is to have. Throws a Refusal.
  void begin_run();
  void end_run() noexcept;
  /// Whether another run can have the same.
  [[nodiscard]] bool is_there_again() const noexcept { return !kept_ || kept_->is_whole(); }

 private:
  off_t begin_ = -1;  // of a file; -1: it cannot be rewound
  std::optional<KeptInput> kept_;
};

}  // namespace padlock::cli
