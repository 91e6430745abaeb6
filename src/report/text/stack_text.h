// The frames of a stack as lines of text.
#pragma once

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

/// " in function file:line", as far as it is known: without a file " in function (module+0xoffset)", without
/// a module "(unknown module)"; a function without a name is "??" where there is a file. Padlock's own entry
/// is its function alone.
void place_words(const Frame& frame, TextWriter& out) noexcept;

/// One frame a line, innermost first: "    #0 0x55d0", its place, and the module's build id at its first
/// frame that has no file; "    <no stack recorded>" for an empty stack.
void print_stack(const Stack& stack, TextWriter& out) noexcept;

}  // namespace padlock::report
