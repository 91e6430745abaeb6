// Which advice a report ends with, by the kind of fault and the stacks that are missing.
#include <algorithm>

#include "core/fault_kinds.h"
#include "report/diagnose/kinds.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

using core::Moment;

bool is_of_whole_heap(Moment moment) {
  return moment == Moment::kCheck || moment == Moment::kExit || moment == Moment::kEnd;
}

bool has_line(const Stack& stack) {
  return std::ranges::any_of(stack, [](const Frame& frame) { return frame.line != 0; });
}

void advise_on_stacks(const Report& report, AdviceList& list) {
  const core::BlockSnapshot& block = report.fault.block;
  if (block.present() && block.sealed && report.allocated.depth == 0) list.add(Advice::kRecordStacks);
  const Stack* const stacks[] = {&report.detected, &report.allocated, &report.freed,
                                 &report.neighbour_allocated};
  const bool recorded = std::ranges::any_of(stacks, [](const Stack* stack) { return stack->depth != 0; });
  if (!recorded || std::ranges::any_of(stacks, [](const Stack* stack) { return has_line(*stack); })) return;
  list.add(Advice::kDebugInfo);
}

}  // namespace

AdviceList advise(const Report& report) noexcept {
  AdviceList list;
  const core::Fault& fault = report.fault;
  if (core::is_found_late(fault)) {
    list.add(Advice::kNarrowDown);
    if (is_of_whole_heap(fault.moment)) list.add(Advice::kGoOn);
  }
  if (is_trapped(fault)) list.add(Advice::kFirstStack);
  const Advice of_kind = kind_of_report(fault.kind).advice;
  if (of_kind != Advice::kNone) list.add(of_kind);
  advise_on_stacks(report, list);
  return list;
}

}  // namespace padlock::report
