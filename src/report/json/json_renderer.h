// The report as one line of JSON, for programs. docs/FORMS.md and docs/report.schema.json describe it; it is
// API.
#pragma once

#include "report/renderer.h"

namespace padlock::report {

class JsonRenderer final : public Renderer {
 public:
  constexpr JsonRenderer() noexcept = default;

  [[nodiscard]] bool is_one_line() const noexcept override { return true; }
  void begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept override;
  void write_head(const Report& report, TextWriter& out) const noexcept override;
  void write_tail(const Report& report, TextWriter& out) const noexcept override;

  /// The whole line of a fault of which nothing more is looked at.
  static constexpr std::size_t kAloneRoom = 2500;  // bytes, at least
  void write_alone(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept;

  /// A line for each group; none for the whole.
  void begin_leaks(const LeakTotals& totals, std::int32_t process, TextWriter& out) const noexcept override;
  void write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t process,
                  TextWriter& out) const noexcept override;
  void end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t process,
                 TextWriter& out) const noexcept override;
};

}  // namespace padlock::report
