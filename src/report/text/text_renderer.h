// The report as text. docs/REPORTS.md describes the format, which is API.
#pragma once

#include <cstddef>

#include "report/renderer.h"
#include "report/text/paint.h"

namespace padlock::report {

class TextRenderer final : public Renderer {
 public:
  explicit constexpr TextRenderer(Style style = {}) noexcept : style_(style) {}

  /// The first line: process, kind, and what happened.
  void begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept override;
  /// Block, damage, bytes, diagnosis, suspect.
  void write_head(const Report& report, TextWriter& out) const noexcept override;
  /// Stacks, last known good, what to do next, last line. The last line is there even if `out` is too small
  /// for the rest.
  void write_tail(const Report& report, TextWriter& out) const noexcept override;

  void begin_leaks(const LeakTotals& totals, std::int32_t process, TextWriter& out) const noexcept override;
  void write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t process,
                  TextWriter& out) const noexcept override;
  void end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t process,
                 TextWriter& out) const noexcept override;

  /// For padlock_describe: where `report.fault.address` lies in `report.fault.block`, the block and who
  /// allocated and freed it. No first and last line.
  void describe(const Report& report, TextWriter& out) const noexcept;

 private:
  Style style_;
};

}  // namespace padlock::report
