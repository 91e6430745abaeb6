// What fault_table.def says of a kind of fault to the code that diagnoses one.
#pragma once

#include "report/report.h"

namespace padlock::report {

struct KindOfReport {
  StackRole detected = StackRole::kPassed;  // what the stack that found the fault is, unless it is trapped
  StackRole freed = StackRole::kFreed;      // what that of the block's free is
  Advice advice = Advice::kNone;
  void (*find)(const Report& report, Findings& findings) noexcept = nullptr;  // appends the causes
};

/// Those of a kind without causes where `kind` is no enumerator.
const KindOfReport& kind_of_report(core::FaultKind kind) noexcept;

}  // namespace padlock::report
