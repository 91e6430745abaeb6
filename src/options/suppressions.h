// Rules by which reports are suppressed, in the sanitizers' syntax: a line "kind:pattern" each, lines that
// begin with "#" and empty ones aside. Where a rule applies, and what follows from it, is not decided here.
#pragma once

#include <string_view>

namespace padlock::options {

/// Views into the text that is parsed.
struct SuppressionRule {
  std::string_view kind;     // as reports spell it, or "leak"
  std::string_view pattern;  // not empty
};

class SuppressionRules {
 public:
  virtual void on_rule(const SuppressionRule& rule) = 0;
  /// "line 3: unknown kind 'heap-overflow'". Valid during the call only.
  virtual void on_error(std::string_view message) = 0;

 protected:
  ~SuppressionRules() = default;
};

/// Strict: a line that is no rule is reported, with its number; the others apply. False if there was one. No
/// malloc.
bool parse_suppressions(std::string_view text, SuppressionRules& rules) noexcept;

/// Whether `text` matches a rule's pattern: it holds the pattern anywhere; "*" stands for any characters, "^"
/// at the start and "$" at the end for the ends of the text.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

}  // namespace padlock::options
