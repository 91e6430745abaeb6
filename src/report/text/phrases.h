// The words of findings and advice: the tables' templates with the arguments put in.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

struct Phrase {
  std::string_view words;  // arguments in braces
  bool more = false;       // goes on with the item before it
};

/// Empty where the id is no enumerator.
Phrase phrase_of(FindingId id) noexcept;
Phrase phrase_of(Advice advice) noexcept;

/// Appends the words of a finding of `report`, or of its advice.
void say(const Finding& finding, const Report& report, TextWriter& out) noexcept;
void say(Advice advice, const Report& report, TextWriter& out) noexcept;

}  // namespace padlock::report
