// The exact unwinder, by _Unwind_Backtrace.
#include "trace/exact.h"

#include <unwind.h>

#include "arch/dwarf.h"
#include "trace/frame_step.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kMostSkipped = 64;  // frames of Padlock's own before the caller's

class ExactWalk {
 public:
  ExactWalk(const FrameState& caller, AddressRange stack, RuleTable& rules,
            std::span<std::uintptr_t> pcs) noexcept
      : caller_(caller), rules_(rules), pcs_(pcs), reader_(caller.sp, stack) {}

  std::size_t run() noexcept {
    _Unwind_Backtrace(&ExactWalk::on_frame, this);
    if (depth_ == 0 && !pcs_.empty()) add(caller_.pc);  // a frame that is not on this stack
    return depth_;
  }

 private:
  static _Unwind_Reason_Code on_frame(_Unwind_Context* context, void* walk) {
    return static_cast<ExactWalk*>(walk)->visit(context) ? _URC_NO_REASON : _URC_END_OF_STACK;
  }

  // False ends the walk.
  bool visit(_Unwind_Context* context) noexcept {
    int interrupted = 0;  // 1: the address is the next instruction's, not one behind a call
    WalkState at;
    at.frame.pc = _Unwind_GetIPInfo(context, &interrupted);
    at.frame.pc += static_cast<std::uintptr_t>(interrupted);
    at.frame.sp = _Unwind_GetCFA(context);
    at.frame.fp = _Unwind_GetGR(context, arch::kDwarfFramePointer);
    if (depth_ == 0 && (at.frame.pc != caller_.pc || at.frame.sp != caller_.sp)) {
      return ++skipped_ <= kMostSkipped;
    }
    if (!is_code_address(at.frame.pc)) return false;
    return add(at.frame.pc) && can_go_on(at);
  }

  // False where there is room for no more: that ends the walk.
  bool add(std::uintptr_t pc) noexcept {
    pcs_[depth_++] = pc;
    return depth_ < pcs_.size();
  }

  // After this frame libgcc looks at its caller, and where that caller's code has no description it reads the
  // code itself: a wild address would trap. So that caller is looked at first.
  bool can_go_on(WalkState at) noexcept {
    const UnwindRule rule = rules_.lookup(at.frame.pc);
    if (rule.ends_walk()) return false;
    if (rule.cfa == CfaRule::kHard) return true;
    const bool by_signal = rule.cfa == CfaRule::kSignal;
    NoLog log;
    if (!(by_signal ? step_over_signal(reader_, log, at) : step(rule, reader_, log, at))) return false;
    if (!rules_.lookup(at.frame.pc).ends_walk()) return true;
    add(at.frame.pc);
    return false;
  }

  const FrameState caller_;
  RuleTable& rules_;
  const std::span<std::uintptr_t> pcs_;
  StackReader reader_;
  std::size_t depth_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace

std::size_t walk_exactly(const FrameState& caller, AddressRange stack, RuleTable& rules,
                         std::span<std::uintptr_t> pcs) noexcept {
  return ExactWalk(caller, stack, rules, pcs).run();
}

}  // namespace padlock::trace
