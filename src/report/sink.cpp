// The only part of report/ that touches the outside.
#include "report/sink.h"

#include "os/clock.h"
#include "os/file_lock.h"
#include "os/raw_io.h"

namespace padlock::report {
namespace {

bool is_stdout(std::string_view path) { return path == "stdout"; }
bool is_stderr(std::string_view path) { return path.empty() || path == "stderr"; }
bool is_stream(std::string_view path) { return is_stdout(path) || is_stderr(path); }

int stream_of(std::string_view path, const Streams& streams) {
  return (is_stdout(path) ? streams.output() : streams.error()).descriptor();
}

// Asks now and then, since no other way to wait for a lock of a file ends by itself.
template <typename Lock>
bool lock_within(std::int64_t patience_ms, Lock lock) {
  const std::int64_t end = os::monotonic_ms() + patience_ms;
  while (!lock()) {
    if (os::monotonic_ms() >= end) return false;
    os::sleep_ms(2);
  }
  return true;
}

int open_file(const options::Text& name, std::int32_t process) {
  char buffer[sizeof name.value + 64];
  TextWriter path(buffer);
  expand_log_path(name.value, process, path);
  const char* const file = path.c_str();
  return path.truncated() ? -1 : os::open_for_append(file);
}

}  // namespace

void expand_log_path(std::string_view path, std::int32_t process, TextWriter& out) noexcept {
  while (!path.empty()) {
    if (path.starts_with("%p")) {
      out.signed_decimal(process);
      path.remove_prefix(2);
    } else {
      out.append(path.front());
      path.remove_prefix(path.starts_with("%%") ? 2 : 1);
    }
  }
}

void Sink::configure(const options::Options& options) noexcept {
  log_path_ = options.log_path;
  json_path_ = options.json_path;
  color_ = options.color;
  halt_ = options.halt_on_error;
  abort_ = options.abort_on_error;
  exitcode_ = static_cast<int>(options.exitcode);
  summary_ = options.print_summary;
  dedup_token_length_ = static_cast<std::size_t>(options.dedup_token_length);
}

void Sink::keep_streams() noexcept { streams_.keep(is_stdout(log_path_.value)); }

bool Sink::write_to_log(std::string_view text, std::int32_t process) const noexcept {
  if (is_stream(log_path_.value)) return os::write_all(stream_of(log_path_.value, streams_), text);
  const int file = open_file(log_path_, process);
  if (file < 0) return false;
  const bool written = os::write_all(file, text);
  os::close_fd(file);
  return written;
}

Sink::Piece::Piece(const Sink& sink, std::int32_t process, std::int64_t patience_ms) noexcept {
  const std::string_view path = sink.log_path_.value;
  if (!is_stream(path)) log_ = open_file(sink.log_path_, process);
  if (log_ >= 0) {
    lock_within(patience_ms, [this] { return os::try_lock_file(log_) != os::FileLock::kBusy; });
    return;
  }
  stream_ = is_stdout(path) ? sink.streams_.output().descriptor() : sink.streams_.error().descriptor();
  lock_within(patience_ms, [this] { return os::try_lock_stream(stream_) != os::FileLock::kBusy; });
}

Sink::Piece::~Piece() {
  if (log_ >= 0) {
    os::unlock_file(log_);
    os::close_fd(log_);
  }
  if (stream_ >= 0) os::unlock_stream(stream_);
}

void Sink::complain(std::string_view words, std::int32_t process, std::atomic<bool>& complained) noexcept {
  if (complained.exchange(true, std::memory_order_relaxed)) return;
  char buffer[2 * sizeof log_path_.value];
  TextWriter line(buffer);
  line.append("==").signed_decimal(process).append("==WARNING: Padlock: cannot write to ");
  line.printable(words).append('\n');
  os::write_all(streams_.error().descriptor(), line.view());
}

void Sink::write(std::string_view text, std::int32_t process) noexcept {
  if (write_to_log(text, process)) return;
  if (is_stderr(log_path_.value)) return;  // nowhere else to go
  char buffer[sizeof log_path_.value + 64];
  TextWriter words(buffer);
  words.append("log_path '").append(log_path_.value).append("': reports go to stderr");
  complain(words.view(), process, complained_);
  os::write_all(streams_.error().descriptor(), text);
}

void Sink::write_json(std::string_view lines, std::int32_t process, std::int64_t patience_ms) noexcept {
  if (lines.empty()) return;
  const int file = open_file(json_path_, process);
  bool written = false;
  if (file >= 0) {
    lock_within(patience_ms, [file] { return os::try_lock_file(file) != os::FileLock::kBusy; });
    written = os::write_all(file, lines);
    os::unlock_file(file);
    os::close_fd(file);
  }
  if (written) return;
  char buffer[sizeof json_path_.value + 64];
  TextWriter words(buffer);
  words.append("json_path '").append(json_path_.value).append("'");
  complain(words.view(), process, complained_of_json_);
}

Style Sink::style() const noexcept {
  Style style = {.color = color_ == options::Color::kAlways,
                 .summary = summary_,
                 .ends_process = ending() != Ending::kGoOn,
                 .dedup_token_length = dedup_token_length_};
  if (color_ == options::Color::kAuto)
    style.color = is_stream(log_path_.value) && os::is_terminal(stream_of(log_path_.value, streams_));
  return style;
}

Ending Sink::ending() const noexcept {
  if (!halt_) return Ending::kGoOn;
  return abort_ ? Ending::kAbort : Ending::kExit;
}

void Sink::end_process() const noexcept {
  switch (ending()) {
    case Ending::kGoOn:
      return;
    case Ending::kAbort:
      os::abort_now();
    case Ending::kExit:
      os::exit_now(exitcode_);
  }
}

}  // namespace padlock::report
