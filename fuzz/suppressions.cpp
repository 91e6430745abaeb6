// Any text as rules of suppressions: a rule's kind is one that reports have, each other line is reported with
// its number, and a pattern matches what a slow matcher says.
#include "options/suppressions.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/require.h"
#include "support/operations.h"

namespace {

using padlock::fuzz::Operations;
using padlock::fuzz::require;
using padlock::options::matches_pattern;

class Rules final : public padlock::options::SuppressionRules {
 public:
  void on_rule(const padlock::options::SuppressionRule& rule) override {
    require(!rule.kind.empty() && rule.kind.find_first_of(" :\n") == std::string_view::npos,
            "a kind is a word");
    require(!rule.pattern.empty() && rule.pattern.find('\n') == std::string_view::npos,
            "a pattern is one line");
    patterns.emplace_back(rule.pattern);
  }
  void on_error(std::string_view message) override {
    require(message.starts_with("line "), "an error has a line");
    for (const char character : message) {
      const auto byte = static_cast<unsigned char>(character);
      require(byte >= 0x20 && byte != 0x7F, "a message cannot drive a terminal", {{"byte", byte}});
    }
    ++errors;
  }
  std::vector<std::string> patterns;
  std::size_t errors = 0;
};

// Whether the whole pattern takes a start of the text, or all of it: `ends[i]` where it may stand after so
// many characters of the pattern.
bool slowly(std::string_view pattern, std::string_view text) {
  const bool from_start = pattern.starts_with('^');
  if (from_start) pattern.remove_prefix(1);
  const bool to_end = pattern.ends_with('$');
  if (to_end) pattern.remove_suffix(1);
  std::vector<bool> at(text.size() + 1, !from_start);
  at[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (c == '*') {
        next[i] = at[i] || (i > 0 && next[i - 1]);
      } else if (i < text.size() && at[i] && text[i] == c) {
        next[i + 1] = true;
      }
    }
    at = next;
  }
  return to_end ? at[text.size()] : std::find(at.begin(), at.end(), true) != at.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Rules rules;
  Operations::add();
  const bool sound = padlock::options::parse_suppressions(text, rules);
  require(sound == (rules.errors == 0), "what is refused is reported", {{"errors", rules.errors}});
  const std::string_view last = text.substr(text.rfind('\n') + 1).substr(0, 200);
  for (std::size_t i = 0; i < std::min<std::size_t>(rules.patterns.size(), 20); ++i) {
    const std::string_view pattern = std::string_view(rules.patterns[i]).substr(0, 100);
    Operations::add(2);
    require(matches_pattern(pattern, last) == slowly(pattern, last), "a pattern matches as it should",
            {{"rule", i}});
    require(matches_pattern(pattern, pattern) == slowly(pattern, pattern), "and so beside itself",
            {{"rule", i}});
  }
  return 0;
}
