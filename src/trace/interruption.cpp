// A walk that looks for one of two frames.
#include "trace/interruption.h"

#include "trace/frame_step.h"
#include "trace/rule_finder.h"

namespace padlock::trace {

bool is_interrupted_by_signal(const FrameState& caller, os::AddressRange own) noexcept {
  constexpr std::size_t kMostFrames = 4096;
  if (own.end == 0) return true;
  StackReader reader(caller.sp, {});
  WalkState at{caller};
  NoLog log;
  for (std::size_t i = 0; i < kMostFrames && is_code_address(at.frame.pc); ++i) {
    if (own.contains(at.frame.pc)) return false;
    const UnwindRule rule = find_rule(at.frame.pc);
    if (!rule.is_simple()) return true;  // a handler's return, or where the stack can be followed no further
    if (!step(rule, reader, log, at)) return true;
  }
  return true;
}

}  // namespace padlock::trace
