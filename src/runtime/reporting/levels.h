// The frames of one return address: a function that was inlined has one of its own.
#pragma once

#include <cstddef>

#include "report/report.h"
#include "trace/name_book.h"

namespace padlock::runtime {

/// Which functions are added.
enum class Levels { kAll, kOutermost };

/// Adds copies of `frame` to `stack`, innermost first, with the names of the functions at its address; one
/// without names where there are none. What does not fit is left out. Texts stay the book's.
void add_levels(report::Stack& stack, const report::Frame& frame, const trace::NameBook::Names& names,
                Levels levels) noexcept;

}  // namespace padlock::runtime
