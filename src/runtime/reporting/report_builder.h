// From a fault to a report: fetches the stacks, the threads, the names. All in its own memory, for any stack
// it runs on may be tiny.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/text.h"
#include "core/fault.h"
#include "report/report.h"
#include "runtime/reporting/module_names.h"
#include "runtime/reporting/name_cache.h"
#include "trace/name_book.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// Not thread-safe.
class ReportBuilder {
 public:
  /// Everything but the names of frames, with the diagnosis. Waits for no lock. `fault` has been classified.
  /// `from`: the frame that called Padlock.
  void fill(const core::Fault& fault, const trace::FrameState& from) noexcept;
  /// The return addresses of the stack that found a fault, in the builder's memory until the next call.
  std::span<const std::uintptr_t> walk(const trace::FrameState& from) noexcept;
  /// The names, on which advice depends; takes as long as the symbolizer does, within the time that the
  /// options set.
  void add_names() noexcept;

  /// Where the fault was found, once the names are there: " in FUNCTION FILE:LINE".
  void describe_place(TextWriter& out) const noexcept;

  [[nodiscard]] const report::Report& report() const noexcept { return report_; }

 private:
  static constexpr std::size_t kStacks = 5;
  static constexpr std::size_t kMostPcs = kStacks * trace::kMaxDepth;

  void fill_stacks(const trace::FrameState& from) noexcept;
  void fill_earlier() noexcept;
  void fill_pointee() noexcept;
  report::Conditions::Names add_symbols() noexcept;
  std::size_t collect_unknown(const trace::NameBook& book) noexcept;
  void add_levels(report::Stack& stack, const trace::NameBook& book) noexcept;
  void fill_pointer() noexcept;
  void fill_conditions() noexcept;
  bool lacks_files() noexcept;
  void name_module(report::Frame& frame) noexcept;

  std::array<report::Stack*, kStacks> stacks() noexcept;
  template <typename Visit>
  void for_each_frame(Visit visit) noexcept;

  report::Report report_;
  trace::ThreadUnwinder unwinder_ = {};
  ModuleNames modules_;
  NameCache names_;
  std::uintptr_t walked_[trace::kMaxDepth] = {};
  std::uintptr_t pcs_[kMostPcs] = {};  // that the symbolizer is asked for, each once
  report::Stack levels_;               // while a stack gets its inlined frames
};

}  // namespace padlock::runtime
