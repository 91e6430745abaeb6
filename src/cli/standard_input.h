// The standard input of a program that is run several times: the same each time.
#pragma once

#include <sys/types.h>

namespace padlock::cli {

/// A terminal and the like are left alone. What comes from a pipe or a socket is read to its end, and kept in
/// a file without a name.
class StandardInput {
 public:
  /// Throws a Refusal where it cannot be kept.
  StandardInput();

  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  /// Before each run: file descriptor 0 is what it was at first.
  void rewind() const noexcept;

 private:
  off_t begin_ = -1;  // -1: it cannot be rewound
};

}  // namespace padlock::cli
