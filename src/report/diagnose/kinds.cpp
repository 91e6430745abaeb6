// Looks up the columns of fault_table.def that are about diagnosis.
#include "report/diagnose/kinds.h"

#include <algorithm>

#include "report/diagnose/parts.h"

namespace padlock::report {
namespace {

struct Row {
  core::FaultKind kind;
  KindOfReport facts;
};

constexpr Row kRows[] = {
#define PADLOCK_FAULT_KIND(kind, name, discovery, recurrence, detected, freed, advice, find, ...) \
  {core::FaultKind::kind, {StackRole::detected, StackRole::freed, Advice::advice, &find}},
#include "core/fault_table.def"
};

constexpr KindOfReport kOther = {.find = &find_nothing};

}  // namespace

const KindOfReport& kind_of_report(core::FaultKind kind) noexcept {
  const auto* const row = std::ranges::find(kRows, kind, &Row::kind);
  return row == std::end(kRows) ? kOther : row->facts;
}

}  // namespace padlock::report
