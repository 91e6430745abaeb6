// Standard output and standard error, as far as reports may go there.
#pragma once

#include <algorithm>

#include "os/kept_stream.h"

namespace padlock::report {

/// Standard error is kept always: it is also where reports go that find no other place. Standard output only
/// where it is asked for. Thread-safe, async-signal-safe.
class Streams {
 public:
  constexpr Streams() noexcept = default;

  void keep(bool output) noexcept {
    error_.keep();
    if (output) output_.keep();
  }

  [[nodiscard]] const os::KeptStream& error() const noexcept { return error_; }
  [[nodiscard]] const os::KeptStream& output() const noexcept { return output_; }

  // The program's calls, as in KeptStream.
  [[nodiscard]] bool hold(int fd) const noexcept { return error_.hold(fd) || output_.hold(fd); }
  /// The lowest kept descriptor of `from` and those above it; ~0 if there is none.
  [[nodiscard]] unsigned next_kept(unsigned from) const noexcept {
    return std::min(error_.kept_from(from), output_.kept_from(from));
  }
  void on_close(int fd) noexcept {
    error_.on_close(fd);
    output_.on_close(fd);
  }
  void on_redirect(int from, int to) noexcept {
    error_.on_redirect(from, to);
    output_.on_redirect(from, to);
  }
  void on_reopen(int number) noexcept { (number == 2 ? error_ : output_).on_reopen(); }
  void on_detach() noexcept {
    error_.on_detach();
    output_.on_detach();
  }
  void detach_next_child() noexcept { detach_ = true; }
  void after_fork() noexcept {
    error_.after_fork();
    output_.after_fork();
    if (detach_) on_detach();
    detach_ = false;
  }

 private:
  os::KeptStream error_{2};
  os::KeptStream output_{1};
  bool detach_ = false;
};

}  // namespace padlock::report
