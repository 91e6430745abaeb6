// LD_PRELOAD and PADLOCK_OPTIONS, composed and checked.
#include "cli/environment.h"

#include <fmt/format.h>

#include "cli/refusal.h"
#include "options/options.h"

namespace padlock::cli {
namespace {

class Collector final : public options::OptionErrors {
 public:
  explicit Collector(std::string_view source) : source_(source) {}
  void on_error(std::string_view message) override {
    if (!lines_.empty()) lines_ += '\n';
    lines_ += fmt::format("{}: {}", source_, message);
  }
  void on_old_name(std::string_view) override {}  // the library in the program reports it
  [[nodiscard]] const std::string& lines() const noexcept { return lines_; }

 private:
  std::string_view source_;
  std::string lines_;
};

}  // namespace

std::string preload_value(const std::string& library, std::string_view existing) {
  if (library.find_first_of(" :") != std::string::npos) {
    throw Refusal(
        Status::kNoLibrary,
        fmt::format("{}: the loader cannot preload a path with a blank or a colon; move it", library));
  }
  if (existing.empty() || existing == library) return library;
  if (existing.starts_with(library + ":") || existing.starts_with(library + " "))
    return std::string(existing);
  return fmt::format("{}:{}", library, existing);
}

std::string quoted_option(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Refusal(Status::kBadUsage, fmt::format("'{}' is not of the form key=value", assignment));
  }
  const std::string_view key = assignment.substr(0, equals);
  const std::string_view value = assignment.substr(equals + 1);
  if (value.find_first_of(" ,:\n\t\r'\"") == std::string_view::npos) return std::string(assignment);
  for (const char quote : {'"', '\''}) {
    if (value.find(quote) == std::string_view::npos)
      return fmt::format("{}={}{}{}", key, quote, value, quote);
  }
  throw Refusal(Status::kBadUsage, fmt::format("{}: a value cannot hold both kinds of quotes", key));
}

std::string options_value(std::string_view existing, const std::vector<std::string>& assignments) {
  std::string value(existing);
  for (const std::string& assignment : assignments) {
    if (!value.empty()) value += ':';
    value += quoted_option(assignment);
  }
  return value;
}

void check_options(std::string_view text, std::string_view source) {
  Collector errors(source);
  options::Options options;
  if (!options::parse(text, options, errors)) throw Refusal(Status::kBadUsage, errors.lines());
}

}  // namespace padlock::cli
