// Long lines, broken where a terminal would.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace padlock::report {

inline constexpr std::size_t kWidth = 100;  // columns

/// Appends `text`, of which the first character stands in `column`, and a newline; broken at spaces before
/// kWidth. The later lines begin in column `indent`. A word longer than a line stays whole.
void print_wrapped(TextWriter& out, std::string_view text, std::size_t column, std::size_t indent) noexcept;

}  // namespace padlock::report
