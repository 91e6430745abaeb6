// A report of leaks as text: its head, each group, its end. There may be thousands of groups, so they are
// written one by one.
#pragma once

#include <cstdint>

#include "report/leaks.h"
#include "report/report.h"
#include "report/text/paint.h"

namespace padlock::report {

void print_leak_head(const LeakTotals& totals, std::int32_t process, TextWriter& out) noexcept;
void print_leak_group(const LeakGroup& group, const Stack& allocated, Painter& out) noexcept;
/// `first`: the stack of the first group, which the summary names.
void print_leak_end(const LeakTotals& totals, const Stack& first, std::int32_t process, Style style,
                    TextWriter& out) noexcept;

}  // namespace padlock::report
