// One form of a report: what a format of reports has to implement.
#pragma once

#include <cstdint>

#include "base/text.h"
#include "core/fault.h"
#include "report/report.h"

namespace padlock::report {

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

 protected:
  ~Renderer() = default;
};

}  // namespace padlock::report
