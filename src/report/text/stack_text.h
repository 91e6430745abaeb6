// The frames of a stack as lines of text.
#pragma once

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

/// One frame a line, innermost first: "    #0 0x55d0 in function file:line", otherwise "(module+0xoffset)"
/// and the module's build id at its first frame; "    <no stack recorded>" for an empty stack.
void print_stack(const Stack& stack, TextWriter& out) noexcept;

}  // namespace padlock::report
