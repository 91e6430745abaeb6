// What the bytes and circumstances of a fault say about its cause, in words. A pure function of plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

/// A small fixed list of lines, owned. What does not fit (a line or a line's tail) is dropped.
class LineList {
 public:
  static constexpr std::size_t kCapacity = 8;
  static constexpr std::size_t kLength = 320;  // bytes a line, the NUL included

  /// A writer over the next, still empty, line; a writer over nothing where the list is full.
  TextWriter add() noexcept;
  void add(std::string_view text) noexcept { add().append(text); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept;

 private:
  char lines_[kCapacity][kLength] = {};
  std::size_t size_ = 0;
};

struct Diagnosis {
  LineList findings;    // most telling first; may be empty
  LineList suspect;     // which block's owner to look at when a header was overwritten; at most one line
  LineList next_steps;  // what to do next
};

Diagnosis diagnose(const Report& report) noexcept;

/// The value at the damage that could be a pointer, for the runtime to look up (Report::pointee); 0: none.
std::uintptr_t pointer_candidate(const core::Fault& fault) noexcept;

}  // namespace padlock::report
