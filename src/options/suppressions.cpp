// Lines, one after the other.
#include "options/suppressions.h"

#include <algorithm>

#include "base/text.h"

namespace padlock::options {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kQuotedLength = 64;

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// A leak is no fault of a block's, and has no row.
constexpr std::string_view kKinds[] = {
    "leak",
#define PADLOCK_FAULT_KIND(kind, name, ...) name,
#include "core/fault_table.def"
};

bool is_kind(std::string_view name) noexcept {
  return std::ranges::find(kKinds, name) != std::ranges::end(kKinds);
}

// What is wrong with a line that is not empty; "" where it is a rule.
std::string_view problem_of(std::string_view line, SuppressionRule& rule) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "has no ':': write kind:pattern";
  rule.kind = trimmed(line.substr(0, colon));
  rule.pattern = trimmed(line.substr(colon + 1));
  if (rule.pattern.find_first_not_of("^*$") == std::string_view::npos)
    return "has no pattern that says anything";
  return is_kind(rule.kind) ? "" : "names no kind of report";
}

void complain(std::size_t number, std::string_view line, std::string_view problem,
              SuppressionRules& rules) noexcept {
  char buffer[256];
  TextWriter message(buffer);
  message.append("line ").decimal(number).append(": '").printable(line.substr(0, kQuotedLength));
  message.append(line.size() > kQuotedLength ? "...' " : "' ").append(problem);
  rules.on_error(message.view());
}

}  // namespace

bool parse_suppressions(std::string_view text, SuppressionRules& rules) noexcept {
  bool sound = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    SuppressionRule rule;
    const std::string_view problem = problem_of(line, rule);
    if (problem.empty()) {
      rules.on_rule(rule);
    } else {
      complain(number, line, problem, rules);
      sound = false;
    }
  }
  return sound;
}

// An asterisk takes as little as will do; where the rest does not fit, the last one takes one more. The ends
// that are not anchored are asterisks.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept {
  const bool from_start = pattern.starts_with('^');
  if (from_start) pattern.remove_prefix(1);
  const bool to_end = pattern.ends_with('$');
  if (to_end) pattern.remove_suffix(1);
  std::size_t in_pattern = 0;
  std::size_t in_text = 0;
  bool has_asterisk = !from_start;
  std::size_t behind_asterisk = 0;  // in the pattern
  std::size_t taken_up_to = 0;      // by it, in the text
  for (;;) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      has_asterisk = true;
      behind_asterisk = ++in_pattern;
      taken_up_to = in_text;
    } else if (in_pattern == pattern.size() && (!to_end || in_text == text.size())) {
      return true;
    } else if (in_pattern < pattern.size() && in_text < text.size() && pattern[in_pattern] == text[in_text]) {
      ++in_pattern;
      ++in_text;
    } else if (has_asterisk && taken_up_to < text.size()) {
      in_pattern = behind_asterisk;
      in_text = ++taken_up_to;
    } else {
      return false;
    }
  }
}

}  // namespace padlock::options
