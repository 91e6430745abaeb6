// One step of a walk: from a frame to its caller, by a simple rule.
#pragma once

#include "trace/frame_state.h"
#include "trace/stack_reader.h"
#include "trace/unwind_rule.h"

namespace padlock::trace {

/// Sees every word of the stack that decides where a walk goes; this one looks away.
struct NoLog {
  void on_return_address(std::uintptr_t /*slot*/, std::uintptr_t /*pc*/) noexcept {}
  void on_frame_pointer(std::uintptr_t /*slot*/, std::uintptr_t /*fp*/) noexcept {}
};

/// A frame, and where its rbp was loaded from (0: nowhere, it is as the walk began).
struct WalkState {
  FrameState frame;
  std::uintptr_t fp_slot = 0;
};

/// Turns `state` into its caller's. False, with `state` undefined, where the stack cannot be read or no code
/// address comes out. The rule must be simple.
template <typename Log>
inline bool step(const UnwindRule& rule, StackReader& reader, Log& log, WalkState& state) noexcept {
  FrameState& frame = state.frame;
  std::uintptr_t cfa = static_cast<std::uintptr_t>(std::intptr_t{rule.cfa_offset});
  if (rule.cfa == CfaRule::kSp) {
    cfa += frame.sp;
  } else {
    log.on_frame_pointer(state.fp_slot, frame.fp);
    cfa += frame.fp;
    if (rule.cfa == CfaRule::kDerefFp) {
      const std::uintptr_t slot = cfa;
      if (!reader.read(slot, cfa)) return false;
      log.on_frame_pointer(slot, cfa);
    }
  }
  if (rule.fp != FpRule::kSame) {
    const std::uintptr_t base = rule.fp == FpRule::kAtCfa ? cfa : frame.fp;
    if (rule.fp == FpRule::kAtFp) log.on_frame_pointer(state.fp_slot, frame.fp);
    state.fp_slot = base + static_cast<std::uintptr_t>(std::intptr_t{rule.fp_words} * 8);
    if (!reader.read(state.fp_slot, frame.fp)) return false;
  }
  const std::uintptr_t slot = cfa - sizeof(std::uintptr_t);
  if (!reader.read(slot, frame.pc)) return false;
  log.on_return_address(slot, frame.pc);
  frame.sp = cfa;
  return is_code_address(frame.pc);
}

}  // namespace padlock::trace
