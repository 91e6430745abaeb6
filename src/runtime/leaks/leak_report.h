// The report of a leak check: names of all frames first, then group after group.
#pragma once

#include <cstddef>
#include <cstdint>

#include "report/leaks.h"
#include "report/report.h"
#include "runtime/leaks/own_list.h"
#include "runtime/reporting/module_names.h"
#include "runtime/reporting/reporter.h"
#include "trace/symbolizer.h"

namespace padlock::runtime {

/// The names of all frames of some stacks. Not thread-safe.
class LeakNames {
 public:
  /// Asks the symbolizer, within the time that the options set. Without memory: no names.
  void look_up(const OwnList<report::LeakGroup>& groups) noexcept;

  /// What is known of the frames of a stack; what its strings point to lives as long as this.
  void fill(std::uint32_t trace, report::Stack& stack) noexcept;

 private:
  // Each book has the names of so many addresses.
  static constexpr std::size_t kInBook = trace::NameBook::kAddresses / 2;
  static constexpr std::size_t kBooks = 64;

  [[nodiscard]] trace::NameBook::Names names_of(std::uintptr_t pc) const noexcept;
  void name_module(report::Frame& frame, std::uint32_t generation) noexcept;

  OwnList<std::uintptr_t> pcs_;  // in ascending order
  OwnList<std::byte> books_[kBooks];
  OwnList<ModuleNames> modules_;  // one
};

class LeakReport final : public LongReport {
 public:
  LeakReport(const OwnList<report::LeakGroup>& groups, LeakNames& names) noexcept;

  bool write_next(TextWriter& out, const report::Renderer& form) override;
  void rewind() noexcept override { next_ = 0; }

 private:
  const OwnList<report::LeakGroup>& groups_;
  LeakNames& names_;
  report::LeakTotals totals_;
  std::size_t next_ = 0;  // of the groups, plus one
  report::Stack stack_;
};

}  // namespace padlock::runtime
