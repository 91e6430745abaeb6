// Which advice a report ends with, by the kind of fault and the stacks that are missing.
#include <algorithm>

#include "core/fault_kinds.h"
#include "report/culprit.h"
#include "report/diagnose/kinds.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

bool has_line(const Stack& stack) {
  return std::ranges::any_of(stack, [](const Frame& frame) { return frame.line != 0; });
}

// In the debugger the write shows itself.
void advise_on_watching(const Report& report, AdviceList& list) {
  if (!report.conditions.addresses_repeat || !report.fault.damage.present()) return;
  // Which thread takes which numbers differs from run to run.
  const bool numbered = report.fault.block.sealed && report.number_batch == 0;
  list.add(numbered ? Advice::kWatchFromAllocation : Advice::kWatch);
}

Advice advice_on_names(Conditions::Names names) {
  switch (names) {
    case Conditions::Names::kNotWanted:
      return Advice::kSymbolize;
    case Conditions::Names::kConfined:
      return Advice::kNamesConfined;
    case Conditions::Names::kNoFiles:
      return Advice::kNamesWithoutFiles;
    case Conditions::Names::kNoAnswer:
      return Advice::kNamesTooLate;
    case Conditions::Names::kLookedUp:
      break;
  }
  return Advice::kDebugInfo;
}

// std::allocator's, or one with its name and manners, by one of the innermost frames.
bool is_deallocate(const Stack& stack) {
  constexpr std::ptrdiff_t kInnermost = 4;
  const auto* const end = stack.begin() + std::min(stack.end() - stack.begin(), kInnermost);
  return std::any_of(stack.begin(), end, [](const Frame& frame) {
    const std::string_view function = Frame::text_of(frame.function);
    return function.find("allocator") != std::string_view::npos &&
           function.find("::deallocate(") != std::string_view::npos;
  });
}

void advise_on_stacks(const Report& report, AdviceList& list) {
  const core::BlockSnapshot& block = report.fault.block;
  if (block.present() && block.sealed && report.allocated.depth == 0) list.add(Advice::kRecordStacks);
  const Stack* const stacks[] = {&report.detected, &report.allocated, &report.freed,
                                 &report.neighbour_allocated};
  const bool recorded = std::ranges::any_of(stacks, [](const Stack* stack) { return stack->depth != 0; });
  if (!recorded || std::ranges::any_of(stacks, [](const Stack* stack) { return has_line(*stack); })) return;
  list.add(advice_on_names(report.conditions.names));
}

// `padlock pinpoint` watches blocks, not their poisoned pieces.
Advice advice_on_finding_it_sooner(const Report& report) {
  if (report.conditions.checks_each_allocation) return Advice::kCheckAround;
  const bool in_pool = report.fault.kind == core::FaultKind::kUseAfterPoison;
  if (in_pool) return Advice::kNarrowDownInPool;
  return report.conditions.is_pinpointed ? Advice::kIsPinpointed : Advice::kNarrowDown;
}

}  // namespace

AdviceList advise(const Report& report) noexcept {
  AdviceList list;
  const core::Fault& fault = report.fault;
  if (core::is_found_late(fault)) {
    list.add(advice_on_finding_it_sooner(report));
    advise_on_watching(report, list);
    if (is_of_whole_heap(fault.moment)) list.add(Advice::kGoOn);
  }
  if (is_for_a_request(report)) {
    list.add(Advice::kFindRequest);
  } else if (is_trapped(fault) || core::is_seen_write(fault)) {
    list.add(Advice::kFirstStack);
  }
  if (fault.kind == core::FaultKind::kDeleteSizeMismatch && is_deallocate(report.detected)) {
    list.add(Advice::kSameCount);
  }
  const Advice of_kind = kind_of_report(fault.kind).advice;
  if (of_kind != Advice::kNone) list.add(of_kind);
  advise_on_stacks(report, list);
  return list;
}

}  // namespace padlock::report
