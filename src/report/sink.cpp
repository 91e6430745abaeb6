// The only part of report/ that touches the outside.
#include "report/sink.h"

#include "os/raw_io.h"

namespace padlock::report {
namespace {

constexpr int kStdout = 1;
constexpr int kStderr = 2;
constexpr int kNoStream = -1;

int stream_of(std::string_view path) {
  if (path == "stdout") return kStdout;
  return path.empty() || path == "stderr" ? kStderr : kNoStream;
}

}  // namespace

void expand_log_path(std::string_view path, std::int32_t process, options::TextWriter& out) noexcept {
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
  const std::string_view color = options.color.value;
  color_ = color == "always" ? Color::kAlways : color == "never" ? Color::kNever : Color::kAuto;
  halt_ = options.halt_on_error;
  abort_ = options.abort_on_error;
  exitcode_ = static_cast<int>(options.exitcode);
}

bool Sink::write_to_log(std::string_view text, std::int32_t process) const noexcept {
  const int stream = stream_of(log_path_.value);
  if (stream != kNoStream) return os::write_all(stream, text);
  char buffer[sizeof log_path_.value + 64];
  options::TextWriter path(buffer);
  expand_log_path(log_path_.value, process, path);
  const char* const name = path.c_str();
  if (path.truncated()) return false;
  const int file = os::open_for_append(name);
  if (file < 0) return false;
  const bool written = os::write_all(file, text);
  os::close_fd(file);
  return written;
}

void Sink::complain(std::int32_t process) noexcept {
  if (complained_.exchange(true, std::memory_order_relaxed)) return;
  char buffer[sizeof log_path_.value + 128];
  options::TextWriter line(buffer);
  line.append("==").signed_decimal(process).append("==WARNING: Padlock: cannot write to log_path '");
  line.printable(log_path_.value).append("': reports go to stderr\n");
  os::write_all(kStderr, line.view());
}

void Sink::write(std::string_view text, std::int32_t process) noexcept {
  if (write_to_log(text, process)) return;
  if (stream_of(log_path_.value) == kStderr) return;  // nowhere else to go
  complain(process);
  os::write_all(kStderr, text);
}

Style Sink::style() const noexcept {
  if (color_ != Color::kAuto) return {color_ == Color::kAlways};
  const int stream = stream_of(log_path_.value);
  return {stream != kNoStream && os::is_terminal(stream)};
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
