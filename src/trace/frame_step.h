// One step of a walk: from a frame to its caller, by a simple rule, or to the frame that a signal
// interrupted.
#pragma once

#include "arch/context.h"
#include "trace/frame_state.h"
#include "trace/stack_reader.h"
#include "trace/unwind_rule.h"

namespace padlock::trace {

/// Sees every word of the stack that decides where a walk goes; this one ignores them.
struct NoLog {
  static constexpr bool kFollowsTails = true;  // see Tails
  void on_return_address(std::uintptr_t /*slot*/, std::uintptr_t /*pc*/) noexcept {}
  void on_frame_pointer(std::uintptr_t /*slot*/, std::uintptr_t /*fp*/) noexcept {}
  /// The walk goes on at `sp`, perhaps on another stack.
  void on_stack_pointer(std::uintptr_t /*slot*/, std::uintptr_t /*sp*/) noexcept {}
  /// The walk goes on as `words` say, an entry that was recorded at the stack pointer `sp`.
  template <typename Entry>
  void follow(const Entry& /*words*/, std::uintptr_t /*sp*/, std::uintptr_t /*fp_slot*/) noexcept {}
};

/// A frame, and where its frame pointer was loaded from.
struct WalkState {
  FrameState frame;
  std::uintptr_t fp_slot = kFpAtStart;
};

/// Turns `state` into its caller's. False where the stack cannot be read or no code address comes out: of
/// `state` only the pc is good then, either as it was or what was read. The rule must be simple.
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
  const std::uintptr_t slot = cfa + static_cast<std::uintptr_t>(arch::kReturnAddress);
  if (!reader.read(slot, frame.pc)) return false;
  log.on_return_address(slot, frame.pc);
  frame.sp = cfa;
  return is_code_address(frame.pc);
}

/// From a signal handler's return to the interrupted frame, whose registers the kernel has saved. The pc is
/// one more than the next instruction's, which may be its function's first: as with return addresses, pc - 1
/// lies in the frame's code. Otherwise like step().
template <typename Log>
inline bool step_over_signal(StackReader& reader, Log& log, WalkState& state) noexcept {
  FrameState& frame = state.frame;
  const std::uintptr_t context = frame.sp;
  if (!reader.read(context + arch::kContextFramePointer, frame.fp) ||
      !reader.read(context + arch::kContextInstruction, frame.pc) ||
      !reader.read(context + arch::kContextStackPointer, frame.sp)) {
    return false;
  }
  log.on_frame_pointer(context + arch::kContextFramePointer, frame.fp);
  log.on_return_address(context + arch::kContextInstruction, frame.pc);
  log.on_stack_pointer(context + arch::kContextStackPointer, frame.sp);
  state.fp_slot = kFpLogged;
  reader.go_to(frame.sp);
  return is_code_address(frame.pc++);
}

}  // namespace padlock::trace
