// A stream that several programs are to read, one after the other, each from its beginning.
#pragma once

#include <sys/types.h>

#include <array>
#include <thread>

namespace padlock::cli {

/// Takes standard input over. While a run lasts, a thread passes on by a pipe what earlier runs have read,
/// and then what comes, as fast as the program takes it; all of it goes into a file without a name. What the
/// program leaves unread is the next run's.
class KeptInput {
 public:
  static constexpr off_t kMost = off_t{1} << 30;  // bytes kept

  /// Throws a Refusal where there is no file to be had.
  KeptInput();
  ~KeptInput();
  KeptInput(const KeptInput&) = delete;
  KeptInput& operator=(const KeptInput&) = delete;

  /// The pipe is standard input from here on. Throws a Refusal.
  void begin_run();
  /// The pipe has no writer any more.
  void end_run() noexcept;
  /// Whether all that has come is kept; otherwise there was too much of it, or no room. Between runs.
  [[nodiscard]] bool is_whole() const noexcept { return whole_; }

 private:
  enum class Ready { kYes, kStopped };

  void relay(int to) noexcept;
  ssize_t next_piece(off_t& passed) noexcept;
  ssize_t from_source() noexcept;
  void keep(ssize_t size) noexcept;
  [[nodiscard]] Ready wait_for(int file, short events) const noexcept;

  int source_ = -1;
  int file_ = -1;
  int stop_ = -1;  // an eventfd: the run is over
  off_t kept_ = 0;
  bool whole_ = true;
  std::array<char, 65536> piece_ = {};
  std::thread relay_;
};

}  // namespace padlock::cli
