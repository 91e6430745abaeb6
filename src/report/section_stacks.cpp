// The stacks of a report and the lines above them.
#include "core/fault_kinds.h"
#include "report/sections.h"
#include "report/stack_text.h"
#include "report/words.h"

namespace padlock::report {
namespace {

using core::FaultKind;
using core::Moment;

// What found damage that somebody had done before.
std::string_view finder(const core::Fault& fault) {
  switch (fault.moment) {
    case Moment::kAllocate:
      return "while looking for free memory";
    case Moment::kEviction:
      return "when the block left the quarantine";
    case Moment::kReuse:
      return "when the block was about to be handed out again";
    case Moment::kCoalesce:
      return "when the block was about to be merged with a neighbour";
    case Moment::kCheck:
      return "by a check of the whole heap";
    case Moment::kExit:
      return "by the heap check at exit";
    case Moment::kEnd:
      return "by the last check of the heap";
    default:
      return "by the check in ";
  }
}

void head_of_damage(const core::Fault& fault, TextWriter& text) {
  const std::string_view words = finder(fault);
  text.append("Found ").append(words);
  if (words.ends_with(' ')) text.append(call_name(fault));
  text.append(", by ");
}

void head_of_call(const core::Fault& fault, TextWriter& text) {
  switch (fault.kind) {
    case FaultKind::kDoubleFree:
      text.append("Freed again by ");
      break;
    case FaultKind::kInvalidSize:
    case FaultKind::kInvalidAlignment:
      text.append("Requested by ");
      break;
    case FaultKind::kSignalUnsafeCall:
      text.append("Called by ");
      break;
    case FaultKind::kLeak:
      text.append("Found by ");
      break;
    default:
      text.append("Passed to ").append(call_name(fault)).append(" by ");
  }
}

void print_detected(const Report& report, Painter& out) {
  const core::Fault& fault = report.fault;
  TextWriter& text = out.text();
  text.append('\n');
  out.ink(Ink::kHeading);
  if (is_trapped(fault)) {
    text.append("Caught in the act: the very ").append(access_name(fault.accessed.access)).append(", by ");
  } else if (core::is_found_late(fault)) {
    head_of_damage(fault, text);
  } else {
    head_of_call(fault, text);
  }
  thread_words(text, report.detected_by);
  text.append(':');
  out.ink(Ink::kPlain);
  text.append('\n');
  print_stack(report.detected, text);
}

void print_by(std::string_view words, const Thread& thread, const Stack& stack, Painter& out) {
  TextWriter& text = out.text();
  text.append('\n');
  out.ink(Ink::kHeading);
  text.append(words);
  thread_words(text, thread);
  text.append(':');
  out.ink(Ink::kPlain);
  text.append('\n');
  print_stack(stack, text);
}

// The stack of another block: who allocated it is one of the two answers, its thread is not.
void print_other(std::string_view words, const core::BlockSnapshot& block, const Stack& stack, Painter& out) {
  if (!block.present() || stack.depth == 0) return;
  TextWriter& text = out.text();
  text.append('\n');
  out.ink(Ink::kHeading);
  text.append(words).append(", ").address(block.user).append(", was allocated here:");
  out.ink(Ink::kPlain);
  text.append('\n');
  print_stack(stack, text);
}

}  // namespace

void print_owners(const Report& report, Painter& out) noexcept {
  const core::Fault& fault = report.fault;
  if (fault.block.present() && (fault.block.sealed || report.allocated.depth != 0)) {
    print_by("Allocated by ", report.allocated_by, report.allocated, out);
  }
  const bool freed = fault.block.sealed && fault.block.state != core::BlockState::kLive;
  if (fault.block.present() && (freed || report.freed.depth != 0)) {
    const bool twice = fault.kind == FaultKind::kDoubleFree;
    print_by(twice ? "First freed by " : "Freed by ", report.freed_by, report.freed, out);
  }
}

void print_stacks(const Report& report, Painter& out) noexcept {
  print_detected(report, out);
  print_owners(report, out);
  const core::BlockSnapshot& block = report.fault.block;
  const core::BlockSnapshot& neighbour = report.fault.neighbour;
  print_other(neighbour.user < block.user ? "The block before it" : "The block behind it", neighbour,
              report.neighbour_allocated, out);
  if (report.pointee.value == 0 || report.pointee.block.user == block.user) return;
  print_other("The block pointed to", report.pointee.block, report.pointee_allocated, out);
}

}  // namespace padlock::report
