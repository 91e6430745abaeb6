// Functions of the program that only pass allocations on to malloc and the like: a report of a block is about
// their callers.
#pragma once

#include <string_view>

#include "report/report.h"

namespace padlock::report {

/// Marks (Frame::passes_on) the innermost functions of the program's own where they are wrappers by their
/// names: those that docs/FORMS.md lists, and `more`, patterns separated by ':' or ',' in which '*' stands
/// for any characters. None where nothing else of the program would be left. For the stack of an allocation
/// or of a free.
void mark_wrappers(Stack& stack, std::string_view more) noexcept;

/// The same for all stacks of a report but that of an access, whose place is the access itself.
void mark_wrappers(Report& report, std::string_view more) noexcept;

}  // namespace padlock::report
