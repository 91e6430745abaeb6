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
  log_path_.value[sizeof log_path_.value - 1] = '\0';
  color_ = options.color;
  halt_ = options.halt_on_error;
  abort_ = options.abort_on_error;
  exitcode_ = static_cast<int>(options.exitcode);
  summary_ = options.print_summary;
}

void Sink::keep_streams() noexcept { streams_.keep(is_stdout(log_path_.value)); }

int Sink::open_log(std::int32_t process) const noexcept {
  char buffer[sizeof log_path_.value + 64];
  TextWriter path(buffer);
  expand_log_path(log_path_.value, process, path);
  const char* const name = path.c_str();
  return path.truncated() ? -1 : os::open_for_append(name);
}

bool Sink::write_to_log(std::string_view text, std::int32_t process) const noexcept {
  if (is_stream(log_path_.value)) return os::write_all(stream_of(log_path_.value, streams_), text);
  const int file = open_log(process);
  if (file < 0) return false;
  const bool written = os::write_all(file, text);
  os::close_fd(file);
  return written;
}

Sink::Piece::Piece(const Sink& sink, std::int32_t process, std::int64_t patience_ms) noexcept {
  const std::string_view path = sink.log_path_.value;
  if (!is_stream(path)) log_ = sink.open_log(process);
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

void Sink::complain(std::int32_t process) noexcept {
  if (complained_.exchange(true, std::memory_order_relaxed)) return;
  char buffer[sizeof log_path_.value + 128];
  TextWriter line(buffer);
  line.append("==").signed_decimal(process).append("==WARNING: Padlock: cannot write to log_path '");
  line.printable(log_path_.value).append("': reports go to stderr\n");
  os::write_all(streams_.error().descriptor(), line.view());
}

void Sink::write(std::string_view text, std::int32_t process) noexcept {
  if (write_to_log(text, process)) return;
  if (is_stderr(log_path_.value)) return;  // nowhere else to go
  complain(process);
  os::write_all(streams_.error().descriptor(), text);
}

Style Sink::style() const noexcept {
  Style style = {.color = color_ == options::Color::kAlways, .summary = summary_};
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
