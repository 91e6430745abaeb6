// What to do next.
#include <algorithm>

#include "core/fault_kinds.h"
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

using core::FaultKind;
using core::Moment;

bool has_line(const Stack& stack) {
  const std::size_t depth = std::min(stack.depth, kMaxFrames);
  return std::any_of(stack.frames, stack.frames + depth, [](const Frame& frame) { return frame.line != 0; });
}

void advise_narrowing(const core::Fault& fault, LineList& steps) {
  steps.add(
      "Narrow it down: PADLOCK_OPTIONS=check_interval=1 checks the heap at every allocation, so that the "
      "report comes soon after the write; or call padlock_check_heap() around the code you suspect.");
  if (fault.moment == Moment::kCheck || fault.moment == Moment::kExit || fault.moment == Moment::kEnd) {
    steps.add("halt_on_error=0 goes on after the first report and shows every damaged block.");
  }
}

void advise_on_kind(const core::Fault& fault, LineList& steps) {
  switch (fault.kind) {
    case FaultKind::kDoubleFree:
      steps.add(
          "Decide which of the two frees is the owner's; set the pointer to null where the other one was.");
      break;
    case FaultKind::kInvalidFree:
      steps.add("Look for where this pointer was last set: it is not one that an allocation returned.");
      break;
    case FaultKind::kUseAfterFreeWrite:
    case FaultKind::kUseAfterFree:
      steps.add("Look for who kept a pointer to the block beyond its free.");
      break;
    case FaultKind::kAllocDeallocMismatch:
      steps.add("If a library does this on purpose, alloc_dealloc_mismatch=0 turns the check off.");
      break;
    case FaultKind::kDeleteSizeMismatch:
    case FaultKind::kDeleteAlignmentMismatch:
      steps.add("If a library does this on purpose, delete_size_mismatch=0 turns the check off.");
      break;
    case FaultKind::kInvalidSize:
      steps.add("allocator_may_return_null=1 makes such a call return null, as libc does.");
      break;
    case FaultKind::kInvalidAlignment:
      steps.add("allocator_may_return_null=1 makes such a call do what it does in libc.");
      break;
    case FaultKind::kSignalUnsafeCall:
      steps.add(
          "Let the handler only set a flag or write to a pipe; signal-safety(7) lists what it may call.");
      break;
    default:
      break;
  }
}

void advise_on_stacks(const Report& report, LineList& steps) {
  const core::BlockSnapshot& block = report.fault.block;
  if (block.present() && block.sealed && report.allocated.depth == 0) {
    steps.add(
        "No stack was recorded for the allocation: run with malloc_context_size=16 and unwind=fast, and with "
        "a larger trace_memory_mb if a warning said that it is full.");
  }
  const Stack* const stacks[] = {&report.detected, &report.allocated, &report.freed,
                                 &report.neighbour_allocated};
  const bool recorded = std::ranges::any_of(stacks, [](const Stack* stack) { return stack->depth != 0; });
  if (!recorded || std::ranges::any_of(stacks, [](const Stack* stack) { return has_line(*stack); })) return;
  steps.add("Build with -g (and leave symbolize=1) to see files and lines in the stacks.");
}

}  // namespace

void advise(const Report& report, LineList& next_steps) noexcept {
  if (core::is_found_late(report.fault)) advise_narrowing(report.fault, next_steps);
  if (is_trapped(report.fault)) {
    next_steps.add("Start at the first stack: its innermost frame in your own code made the access.");
  }
  advise_on_kind(report.fault, next_steps);
  advise_on_stacks(report, next_steps);
}

}  // namespace padlock::report
