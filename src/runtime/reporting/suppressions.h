// The reports that are not wanted: rules from a file and from the program, and how often each applied.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/fault.h"
#include "report/report.h"

namespace padlock::runtime {

struct Suppression {
  std::string_view kind;
  std::string_view pattern;
  std::atomic<std::uint64_t> count{0};  // of reports, or of leaked blocks
  std::atomic<std::uint64_t> bytes{0};  // of leaked blocks
};

/// Loaded once, then read without a lock.
class Suppressions {
 public:
  constexpr Suppressions() noexcept = default;

  /// Start-up: what the option names, then what the program defines. `warn(about, message)` of each line that
  /// is no rule.
  using Warn = void (*)(std::string_view about, std::string_view message) noexcept;
  void load(const char* path, Warn warn) noexcept;

  /// Whether there are rules for a kind of report.
  [[nodiscard]] bool has(std::string_view kind) const noexcept;
  /// The rule that matches a frame of the stack, whose names are known: its function, its file or its module.
  [[nodiscard]] Suppression* find(std::string_view kind, const report::Stack& stack) noexcept;
  /// The same for any stack of a report.
  [[nodiscard]] Suppression* find(const report::Report& report) noexcept;

  /// `visit(rule)` for each.
  template <typename Visit>
  void for_each(Visit visit) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) visit(rules_[i]);
  }
  /// In a forked child: what was suppressed is the parent's.
  void forget_counts() noexcept;

 private:
  class Rules;

  void parse(std::string_view text, const char* source) noexcept;
  void add(std::string_view kind, std::string_view pattern) noexcept;

  Suppression* rules_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  Warn warn_ = nullptr;
};

extern constinit Suppressions suppressions;

/// Whether nothing of the heap, nor of what the fault's call was about, is damaged or will be if the program
/// goes on: a read, a call that was refused, or one that pairs a block's functions wrongly.
bool leaves_heap_intact(const core::Fault& fault) noexcept;

}  // namespace padlock::runtime
