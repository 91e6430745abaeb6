// The line that a report ends with, for people who see the end of a log only, and for programs that group
// reports.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

inline constexpr std::size_t kSummaryRoom = 720;  // bytes that both lines fit into, whatever the names

/// An empty line, "Stack hash: " with 16 digits, and "SUMMARY: Padlock: KIND FILE:LINE in FUNCTION", of the
/// program's own frame in `stack`; MODULE+0xOFFSET where there is no file. Long names are cut.
void print_summary(std::string_view kind, const Stack& stack, TextWriter& out) noexcept;

/// " FILE:LINE in FUNCTION" alone.
void summary_place(const Frame& frame, TextWriter& out) noexcept;

}  // namespace padlock::report
