// Where reports go and what happens to the process after one: log_path, json_path, color, halt_on_error,
// abort_on_error, exitcode.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "options/options.h"
#include "report/streams.h"
#include "report/style.h"

namespace padlock::report {

enum class Ending : std::uint8_t { kGoOn, kAbort, kExit };

/// No log stays open between two writes: programs close and reuse descriptors that they do not know. Safe in
/// a signal handler; writes of several threads may interleave unless the caller serializes them.
class Sink {
 public:
  constexpr Sink() noexcept = default;

  /// While it lives, reports of other processes to the same file or terminal wait, as this one has waited for
  /// theirs; up to so many milliseconds, for a process that does not go on.
  class Piece {
   public:
    Piece(const Sink& sink, std::int32_t process, std::int64_t patience_ms) noexcept;
    ~Piece();
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;

   private:
    int log_ = -1;     // opened for its lock
    int stream_ = -1;  // or a stream that is locked
  };

  /// Reports find the standard streams that the process started with. Without it: descriptors 1 and 2.
  void keep_streams() noexcept;
  [[nodiscard]] Streams& streams() noexcept { return streams_; }

  /// Before the first write. Keeps a copy of what it needs.
  void configure(const options::Options& options) noexcept;

  /// Writes it all. `process` stands for %p in log_path: the caller's own id, which a fork changes. Where the
  /// log cannot be opened or written (full disk), the whole text goes to stderr, after a line (once) that
  /// says so.
  void write(std::string_view text, std::int32_t process) noexcept;

  [[nodiscard]] bool has_json_file() const noexcept { return json_path_.value[0] != '\0'; }
  /// Appends to the file that json_path names, while no other process does; waits for that no longer than so
  /// many milliseconds. Where the file cannot be written, a line (once) says so.
  void write_json(std::string_view lines, std::int32_t process, std::int64_t patience_ms) noexcept;

  /// Colours if asked for, or if the output is a terminal and colours are left to Padlock; a summary unless
  /// the options say otherwise.
  [[nodiscard]] Style style() const noexcept;

  [[nodiscard]] Ending ending() const noexcept;
  /// Ends the process as the options say; returns only where they let it go on.
  void end_process() const noexcept;

 private:
  [[nodiscard]] bool write_to_log(std::string_view text, std::int32_t process) const noexcept;
  void complain(std::string_view words, std::int32_t process, std::atomic<bool>& complained) noexcept;

  Streams streams_;
  options::Text log_path_ = {"stderr"};
  options::Text json_path_ = {};
  options::Color color_ = options::Color::kAuto;
  bool halt_ = true;
  bool abort_ = true;
  int exitcode_ = 99;
  bool summary_ = true;
  std::size_t dedup_token_length_ = 0;
  std::atomic<bool> complained_{false};
  std::atomic<bool> complained_of_json_{false};
};

/// log_path with every "%p" replaced by the process id and "%%" by "%". Appends to `out`.
void expand_log_path(std::string_view path, std::int32_t process, TextWriter& out) noexcept;

}  // namespace padlock::report
