// A walk that looks for one of two frames.
#include "trace/interruption.h"

#include "trace/frame_step.h"
#include "trace/rule_finder.h"

namespace padlock::trace {

bool is_interrupted_by_signal(const FrameState& caller, AddressRange own) noexcept {
  constexpr std::size_t kMostFrames = 4096;
  if (own.end == 0) return true;
  StackReader reader(caller.sp, {});
  WalkState at{caller};
  NoLog log;
  bool in_own = false;
  for (std::size_t i = 0; i < kMostFrames && is_code_address(at.frame.pc); ++i) {
    const UnwindRule rule = find_rule(at.frame.pc);
    if (rule.cfa == CfaRule::kSignal) return true;
    // Padlock itself calls the program's handler for some signals: the handler's return is right behind.
    const bool own_frame = own.contains(at.frame.pc);
    if (in_own && !own_frame) return false;
    in_own = own_frame;
    // Where the stack can be followed no further, no call of Padlock's is known.
    if (!rule.is_simple() || !step(rule, reader, log, at)) return !in_own;
  }
  return !in_own;
}

}  // namespace padlock::trace
