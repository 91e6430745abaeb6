// The sections of a text report. Each says nothing where the report has nothing for it.
#pragma once

#include "report/report.h"
#include "report/text/paint.h"

namespace padlock::report {

/// "Block 0x...: 24 bytes from malloc, live, allocation #17 of 21."
void print_block(const Report& report, Painter& out) noexcept;
/// Where the damage, the trapped access or the bad pointer is.
void print_place(const Report& report, Painter& out) noexcept;
/// "Diagnosis:", an item for each finding.
void print_findings(const Report& report, Painter& out) noexcept;
/// "Suspect: ", whose write it was.
void print_suspect(const Report& report, Painter& out) noexcept;
/// A stack under a line that says what it is and which thread it was.
void print_stack_of(const Report& report, StackRole role, Painter& out) noexcept;
/// Between which allocations the damage was done.
void print_since(const Report& report, Painter& out) noexcept;
/// "What to do next:", an item for each advice.
void print_advice(const Report& report, Painter& out) noexcept;

}  // namespace padlock::report
