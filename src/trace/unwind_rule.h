// How to get from one frame to its caller, in 16 bytes: what is left of a call-frame program once it has
// been run up to one return address.
#pragma once

#include <cstdint>

namespace padlock::trace {

/// Where the canonical frame address (CFA: the caller's stack pointer) comes from.
enum class CfaRule : std::uint8_t {
  kSp,       // stack pointer + cfa_offset
  kFp,       // frame pointer + cfa_offset
  kDerefFp,  // the word at frame pointer + cfa_offset (functions that realign their stack)
  kEnd,      // no caller: the outermost frame, marked as such
  kUnknown,  // code without unwind tables: the walk ends there too
  kSignal,   // a signal handler's return: registers come from the interrupted context
  kHard,     // anything else: only the exact unwinder can do it
};

/// Where the caller's frame pointer is.
enum class FpRule : std::uint8_t {
  kSame,   // still in its register
  kAtCfa,  // saved at CFA + 8 * fp_words
  kAtFp,   // saved at frame pointer + 8 * fp_words
};

/// The return address itself is always at CFA + arch::kReturnAddress.
struct UnwindRule {
  std::uint64_t key = 0;  // set by the table that holds the rule; 0: no rule
  std::int32_t cfa_offset = 0;
  std::int16_t fp_words = 0;
  CfaRule cfa = CfaRule::kSp;
  FpRule fp = FpRule::kSame;

  /// Whether a walk can take the step with nothing but this rule.
  [[nodiscard]] bool is_simple() const noexcept { return cfa <= CfaRule::kDerefFp; }
  [[nodiscard]] bool ends_walk() const noexcept { return cfa == CfaRule::kEnd || cfa == CfaRule::kUnknown; }
};
static_assert(sizeof(UnwindRule) == 16);

}  // namespace padlock::trace
