// The report as text. docs/REPORTS.md describes the format, which is API.
//
// A report has a head, which needs no symbols and begins with a line that needs the fault alone, and a tail
// with the stacks; the runtime writes each as soon as it can. Pure functions: no malloc, no stdio, no lock.
// Whatever a Fault or Report holds (enumerators out of range, windows larger than their arrays), nothing
// outside it is read. Only the strings of frames must be NUL-terminated or null.
#pragma once

#include <cstddef>

#include "base/text.h"
#include "report/diagnosis.h"
#include "report/paint.h"
#include "report/report.h"

namespace padlock::report {

inline constexpr std::size_t kReportCapacity = std::size_t{64}
                                               << 10;  // bytes; enough for a report with ordinary names

/// The first line of the head: process, kind, and what happened.
void render_first_line(const core::Fault& fault, std::int32_t process, TextWriter& out) noexcept;
/// First line, block, damage, bytes, diagnosis, suspect.
void render_head(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept;
/// Stacks, last known good, what to do next, last line. The last line is there even if `out` is too small
/// for the rest.
void render_tail(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept;
/// All of it.
void render(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept;

/// For padlock_describe: where `report.fault.address` lies in `report.fault.block`, the block and who
/// allocated and freed it. No first and last line.
void render_description(const Report& report, Style style, TextWriter& out) noexcept;

}  // namespace padlock::report
