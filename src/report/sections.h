// The sections of a text report that are more than a line of glue.
#pragma once

#include "report/paint.h"
#include "report/report.h"

namespace padlock::report {

/// "Block 0x...: 24 bytes from malloc, live, allocation #17 of 21."
void print_block(const Report& report, Painter& out) noexcept;
/// Where the damage, the trapped access or the bad pointer is.
void print_place(const Report& report, Painter& out) noexcept;
/// Every stack that belongs to the fault, each under a line that says what it is and which thread it was.
void print_stacks(const Report& report, Painter& out) noexcept;
/// Those of them that tell who allocated and who freed the block.
void print_owners(const Report& report, Painter& out) noexcept;
/// Between which allocations the damage was done. Nothing for a fault that is no late-found damage.
void print_last_known_good(const Report& report, Painter& out) noexcept;

}  // namespace padlock::report
