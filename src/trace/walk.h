// A walk from frame to frame by unwind rules, in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/frame_step.h"
#include "trace/memo_entry.h"
#include "trace/rule_table.h"

namespace padlock::trace {

enum class WalkEnd : std::uint8_t {
  kNone,     // stands at a frame that is not recorded yet
  kEnd,      // the stack ends, or as many frames as are wanted are there
  kHardRule  // the rules cannot express what comes next
};

/// Where a walk is.
struct Walk {
  StackReader reader;
  WalkState state;
  std::size_t depth = 0;  // frames recorded

  /// Goes on until `frames` frames are in `pcs` and stands at the next one, or comes to an end; `pcs.size()`
  /// frames are an end. The pc that it stands at is a code address.
  template <typename Log>
  [[gnu::always_inline]] WalkEnd go_on(RuleTable& rules, Log& log, std::span<std::uintptr_t> pcs,
                                       std::size_t frames) noexcept {
    while (depth != frames) {
      pcs[depth++] = state.frame.pc;
      if (depth == pcs.size()) return WalkEnd::kEnd;
      const UnwindRule& rule = rules.lookup(state.frame.pc);
      if (rule.is_simple()) [[likely]] {
        if (!step(rule, reader, log, state)) return WalkEnd::kEnd;
      } else if (rule.cfa == CfaRule::kSignal) {
        if (!step_over_signal(reader, log, state)) return WalkEnd::kEnd;
      } else {
        return rule.ends_walk() ? WalkEnd::kEnd : WalkEnd::kHardRule;
      }
    }
    return WalkEnd::kNone;
  }
};

/// A log of the outer part of a walk in two places: of the whole walk, and of its tail, which begins with a
/// frame pointer of its own.
template <typename Log>
class TailLog {
 public:
  TailLog(Log& whole, MemoEntry& tail, std::uintptr_t fp_slot) noexcept
      : whole_(whole), tail_(tail), fp_slot_(fp_slot) {}

  void on_return_address(std::uintptr_t slot, std::uintptr_t pc) noexcept {
    whole_.on_return_address(slot, pc);
    tail_.on_return_address(slot, pc);
  }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t fp) noexcept {
    whole_.on_frame_pointer(slot == kFpAtStart ? fp_slot_ : slot, fp);
    tail_.on_frame_pointer(slot, fp);
  }
  void on_stack_pointer(std::uintptr_t slot, std::uintptr_t sp) noexcept {
    whole_.on_stack_pointer(slot, sp);
    tail_.on_stack_pointer(slot, sp);
  }

 private:
  Log& whole_;
  MemoEntry& tail_;
  std::uintptr_t fp_slot_;  // where the whole walk loaded the one that the tail begins with
};

}  // namespace padlock::trace
