// One form of a report: what a format of reports has to implement.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "core/fault.h"
#include "report/leaks.h"
#include "report/report.h"

namespace padlock::report {

inline constexpr std::size_t kReportCapacity = std::size_t{128}
                                               << 10;  // bytes; enough for a report with ordinary names

/// Writes a report in three pieces, one after another into the same text, since the process may break at any
/// moment: each piece is written out before what the next one needs is looked for. A piece may be empty. Pure
/// functions: no malloc, no stdio, no lock. Whatever a report holds (enumerators out of range, windows larger
/// than their arrays), nothing outside it is read.
class Renderer {
 public:
  /// Needs the fault alone.
  virtual void begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept = 0;
  /// Needs no names of frames.
  virtual void write_head(const Report& report, TextWriter& out) const noexcept = 0;
  /// The rest, to the end of the report.
  virtual void write_tail(const Report& report, TextWriter& out) const noexcept = 0;
  /// A report is one line: it is written when it is whole, so that no other line breaks it.
  [[nodiscard]] virtual bool is_one_line() const noexcept { return false; }

  // A report of leaks: there may be thousands of groups, so each is a piece of its own.

  virtual void begin_leaks(const LeakTotals& totals, std::int32_t process,
                           TextWriter& out) const noexcept = 0;
  virtual void write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t process,
                          TextWriter& out) const noexcept = 0;
  /// `first`: the stack of the first group.
  virtual void end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t process,
                         TextWriter& out) const noexcept = 0;

 protected:
  ~Renderer() = default;
};

}  // namespace padlock::report
