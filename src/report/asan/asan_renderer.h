// The report as AddressSanitizer's consumers parse it, leaks as LeakSanitizer's. docs/FORMS.md names them and
// their rules, and what of a report of Padlock's has no counterpart there.
#pragma once

#include "report/renderer.h"
#include "report/style.h"

namespace padlock::report {

class AsanRenderer final : public Renderer {
 public:
  explicit constexpr AsanRenderer(Style style) noexcept : style_(style) {}

  /// A line of '='.
  void begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept override;
  /// Nothing: the first line names a program counter.
  void write_head(const Report& report, TextWriter& out) const noexcept override;
  /// Headline, access, stacks, where the address lies, a note, summary, "ABORTING" where the process ends.
  /// The last two are there even if `out` is too small for the rest.
  void write_tail(const Report& report, TextWriter& out) const noexcept override;

  void begin_leaks(const LeakTotals& totals, std::int32_t process, TextWriter& out) const noexcept override;
  void write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t process,
                  TextWriter& out) const noexcept override;
  void end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t process,
                 TextWriter& out) const noexcept override;

 private:
  void end(const Report& report, TextWriter& out) const noexcept;

  Style style_;
};

}  // namespace padlock::report
