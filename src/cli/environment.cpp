// LD_PRELOAD and PADLOCK_OPTIONS, composed and checked.
#include "cli/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/refusal.h"
#include "options/options.h"
#include "options/other_names.h"
#include "options/table.h"
#include "options/tokenizer.h"

namespace padlock::cli {
namespace {

class Collector final : public options::OptionErrors {
 public:
  explicit Collector(std::string_view source) : source_(source) {}
  void on_error(std::string_view message) override {
    if (!lines_.empty()) lines_ += '\n';
    lines_ += fmt::format("{}: {}", source_, message);
  }
  void on_note(std::string_view) override {}  // with_current_names() says so
  [[nodiscard]] const std::string& lines() const noexcept { return lines_; }

 private:
  std::string_view source_;
  std::string lines_;
};

// As option strings are written: 'exclude="a:b"'.
bool is_quoted(std::string_view value) {
  if (value.size() < 2 || (value.front() != '"' && value.front() != '\'')) return false;
  return value.find(value.front(), 1) == value.size() - 1;
}

constexpr std::string_view kSeparators = " ,:\n\t\r";

bool is_option(std::string_view name) {
  return std::ranges::any_of(options::option_table(),
                             [&](const auto& entry) { return entry.name == name; }) ||
         std::ranges::any_of(options::old_names(),
                             [&](const auto& entry) { return entry.old_name == name; }) ||
         options::find_synonym(name) != nullptr || options::find_unused(name) != nullptr;
}

bool begins_with_option(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals != std::string_view::npos && is_option(text.substr(0, equals));
}

}  // namespace

std::vector<std::string> pairs_of(std::string_view text) {
  std::vector<std::string> pairs;
  const auto add = [&pairs](std::string_view pair) {
    const std::size_t first = pair.find_first_not_of(kSeparators);
    if (first == std::string_view::npos) return;
    pairs.emplace_back(pair.substr(first, pair.find_last_not_of(kSeparators) + 1 - first));
  };
  std::size_t begin = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if ((c == '"' || c == '\'') && i != 0 && text[i - 1] == '=') {
      quote = c;
    } else if (kSeparators.find(c) != std::string_view::npos && begins_with_option(text.substr(i + 1))) {
      add(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  add(text.substr(begin));
  return pairs;
}

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

std::string quoted_option(const Assignment& assignment) {
  const std::string_view text = assignment.text;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Refusal(Status::kBadUsage,
                  fmt::format("{}: '{}' is not of the form key=value", assignment.source, text));
  }
  const std::string_view key = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  const bool splits = value.find_first_of(" ,:\n\t\r'\"") != std::string_view::npos;
  if (!splits || is_quoted(value)) return std::string(text);
  for (const char quote : {'"', '\''}) {
    if (value.find(quote) == std::string_view::npos)
      return fmt::format("{}={}{}{}", key, quote, value, quote);
  }
  throw Refusal(Status::kBadUsage,
                fmt::format("{}: {}: a value cannot hold both kinds of quotes", assignment.source, key));
}

std::string options_value(std::string_view existing, const std::vector<Assignment>& assignments) {
  std::string value(existing);
  for (const Assignment& assignment : assignments) {
    if (!value.empty()) value += ':';
    value += quoted_option(assignment);
  }
  return value;
}

bool sets_option(std::string_view text, std::string_view name) {
  while (const std::optional<options::Token> token = options::next_token(text)) {
    if (token->key == name && token->error == options::TokenError::kNone) return true;
  }
  return false;
}

void check_options(std::string_view text, std::string_view source) {
  Collector errors(source);
  options::Options options;
  if (!options::parse(text, options, errors)) throw Refusal(Status::kBadUsage, errors.lines());
}

std::string suppressions_of(std::string_view text) {
  Collector errors("");
  options::Options options;
  options::parse(text, options, errors);
  return options.suppressions.value;
}

std::string with_current_names(std::string_view text, std::string_view source,
                               std::vector<std::string>& notes) {
  std::string current;
  const std::size_t known = notes.size();
  std::string_view rest = text;
  while (const std::optional<options::Token> token = options::next_token(rest)) {
    const auto names = options::old_names();
    const auto old = std::find_if(names.begin(), names.end(),
                                  [&](const options::OldName& name) { return name.old_name == token->key; });
    if (const options::Unused* const unused = options::find_unused(token->key); unused != nullptr) {
      notes.push_back(
          fmt::format("{}: option '{}' changes nothing here: {}", source, unused->name, unused->reason));
      continue;
    }
    if (!current.empty()) current += ':';
    if (old == names.end()) {
      current += token->part;
      continue;
    }
    current += fmt::format("{}{}", old->name, token->part.substr(token->key.size()));
    notes.push_back(fmt::format("{}: option '{}' is now called '{}'", source, old->old_name, old->name));
  }
  return notes.size() == known ? std::string(text) : current;
}

}  // namespace padlock::cli
