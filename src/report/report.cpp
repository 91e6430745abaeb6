// What stacks and threads are asked for.
#include "report/report.h"

namespace padlock::report {

const Stack& stack_of(const Report& report, StackRole role) noexcept {
  switch (role) {
    case StackRole::kTrapped:
    case StackRole::kWrote:
    case StackRole::kFoundDamage:
    case StackRole::kUsed:
    case StackRole::kPassed:
    case StackRole::kFreedAgain:
    case StackRole::kRequested:
    case StackRole::kCalled:
      break;
    case StackRole::kAllocated:
      return report.allocated;
    case StackRole::kFreed:
    case StackRole::kFirstFreed:
      return report.freed;
    case StackRole::kBlockBefore:
    case StackRole::kBlockBehind:
      return report.neighbour_allocated;
    case StackRole::kPointee:
      return report.pointee_allocated;
  }
  return report.detected;
}

// Who allocated another block is one of the two answers; its thread is not.
const Thread* thread_of(const Report& report, StackRole role) noexcept {
  const Stack* const stack = &stack_of(report, role);
  if (stack == &report.detected) return &report.detected_by;
  if (stack == &report.allocated) return &report.allocated_by;
  return stack == &report.freed ? &report.freed_by : nullptr;
}

const Frame& place_of(const Stack& stack) noexcept {
  const Frame* frame = stack.begin();
  while (frame->inlined && frame + 1 != stack.end() &&
         Frame::text_of(frame->file).find("/include/c++/") != std::string_view::npos) {
    ++frame;
  }
  return *frame;
}

}  // namespace padlock::report
