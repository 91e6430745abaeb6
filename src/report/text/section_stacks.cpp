// The stacks of a report and the lines above them.
#include "report/fault_parts.h"
#include "report/text/sections.h"
#include "report/text/stack_text.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

using core::Moment;

// What found damage that was done before.
void finder_words(const Report& report, TextWriter& text) {
  const core::Fault& fault = report.fault;
  switch (fault.moment) {
    case Moment::kAllocate:
      text.append("while looking for free memory");
      return;
    case Moment::kEviction:
      text.append("when the block left the quarantine");
      return;
    case Moment::kReuse:
      text.append("when the block was about to be handed out again");
      return;
    case Moment::kCoalesce:
      text.append("when the block was about to be merged with a neighbour");
      return;
    case Moment::kCheck:
      text.append("by a check of the whole heap");
      return;
    case Moment::kExit:
      text.append("by the heap check at exit");
      return;
    case Moment::kEnd:
      if (!report.ending.present()) {
        text.append("by the last check of the heap");
        return;
      }
      text.append("by the check of the heap ");
      return ending_words(text, report.ending);
    case Moment::kCall:
      text.append("by the check in ").append(core::to_string(fault.call)).append("()");
      return;
    case Moment::kFree:
    case Moment::kRealloc:
    case Moment::kUsableSize:
    case Moment::kAccess:
    case Moment::kWrite:
    case Moment::kKernelWrite:
      break;
  }
  text.append("by the check in ").append(call_name(fault));
}

void other_block_words(std::string_view which, const core::BlockSnapshot& block, TextWriter& text) {
  text.append("The block ").append(which).append(", ").address(block.user).append(", was allocated here");
}

void freer_words(std::string_view freed_by, const Report& report, TextWriter& text) {
  text.append(freed_by);
  if (report.freed_by_call == core::Call::kNone) return;
  text.append(resize_name(report.freed_by_call)).append(", called by ");
}

// Up to the thread.
void role_words(const Report& report, StackRole role, TextWriter& text) {
  const core::Fault& fault = report.fault;
  switch (role) {
    case StackRole::kTrapped:
      if (fault.accessed.by_kernel) {
        text.append("Write refused to the kernel (EFAULT), in a system call made by ");
        return;
      }
      text.append("Trapped at the faulting ").append(access_name(fault.accessed.access)).append(", by ");
      return;
    case StackRole::kWrote:
      text.append("Written ");
      if (fault.moment == Moment::kKernelWrite) text.append("by the kernel, in a system call made ");
      text.append("by ");
      return;
    case StackRole::kUsed:
      text.append("Trapped where the value was used, by ");
      return;
    case StackRole::kFoundDamage:
      text.append("Found ");
      finder_words(report, text);
      text.append(", by ");
      return;
    case StackRole::kPassed:
      text.append("Passed to ");
      if (core::is_library_call(fault.call)) {
        text.append(core::to_string(fault.call)).append("()");
      } else {
        text.append(call_name(fault));
      }
      text.append(" by ");
      return;
    case StackRole::kFreedAgain:
      if (is_of_whole_heap(fault.moment)) return role_words(report, StackRole::kFoundDamage, text);
      text.append("Freed again by ");
      return;
    case StackRole::kRequested:
      text.append("Requested by ");
      return;
    case StackRole::kCalled:
      text.append("Called by ");
      return;
    case StackRole::kAllocated:
      text.append("Allocated");
      if (!fault.block.sealed) text.append(", as far as the damaged header shows,");
      text.append(" by ");
      return;
    case StackRole::kFreed:
      return freer_words("Freed by ", report, text);
    case StackRole::kFirstFreed:
      return freer_words("First freed by ", report, text);
    case StackRole::kBlockBefore:
      return other_block_words("before it", fault.neighbour, text);
    case StackRole::kBlockBehind:
      return other_block_words("behind it", fault.neighbour, text);
    case StackRole::kPointee:
      return other_block_words("pointed to", report.pointee.block, text);
  }
}

}  // namespace

void print_stack_of(const Report& report, StackRole role, Painter& out) noexcept {
  TextWriter& text = out.text();
  text.append('\n');
  out.ink(Ink::kHeading);
  role_words(report, role, text);
  if (const Thread* const thread = thread_of(report, role); thread != nullptr) thread_words(text, *thread);
  text.append(':');
  out.ink(Ink::kPlain);
  text.append('\n');
  print_stack(stack_of(report, role), text);
}

}  // namespace padlock::report
