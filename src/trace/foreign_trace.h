// A remembered trace whose words lie on a stack of unknown bounds: a fiber's, an alternate signal stack, any
// stack where there is no /proc.
#pragma once

#include <cstdint>

#include "os/thread.h"
#include "trace/memo_entry.h"
#include "trace/rule_table.h"

namespace padlock::trace {

/// Records a walk, as a log of its steps, in a memo's entry. A foreign stack may shrink or go between two
/// captures at the same place, so the words are read one after the other as a walk reads them: where the next
/// one lies on another page, the sum of all words before it must be right first. A thread that runs with
/// these frames below it will return through that page, so it can be read. This takes for granted that they
/// are frames and no garbage, see has_marked_end(). Otherwise (stacks of which only the owner knows the end)
/// the kernel is asked about each page again.
class ForeignTrace {
 public:
  static constexpr bool kFollowsTails = false;  // each page is looked at on its own

  /// The entry matches nothing until finish().
  ForeignTrace(MemoEntry& entry, const FrameState& caller) noexcept;

  void on_return_address(std::uintptr_t slot, std::uintptr_t pc) noexcept { record(slot, pc); }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t fp) noexcept {
    if (slot == kFpAtStart) {
      entry_.fp_matters_ = true;
    } else if (slot != kFpLogged) {
      record(slot, fp);
    }
  }
  void on_stack_pointer(std::uintptr_t slot, std::uintptr_t sp) noexcept;

  /// `marked`: the walk comes to the outermost frame's mark. `key`: see MemoEntry::finish().
  void finish(std::uint32_t id, std::uintptr_t key, bool marked) noexcept;

  /// Whether `entry` was recorded so and the walk from `caller`, a live frame, would go the same way.
  static bool matches(const MemoEntry& entry, const FrameState& caller, std::uintptr_t key) noexcept {
    return entry.keyed_sp_ == caller.sp + key + kForeign && entry.pc_ == caller.pc &&
           (!entry.fp_matters_ || entry.fp_ == caller.fp) && words_match(entry, caller.sp);
  }

 private:
  // What where_ holds: distances in words from the base, which is the stack pointer at first; and before a
  // word on another page kCheck and the sum of all words so far, in two halves; then perhaps kNewBase, the
  // latest word.
  static constexpr std::uint16_t kCheck = 0xffff;
  static constexpr std::uint16_t kNewBase = 0xfffe;
  static constexpr std::uintptr_t kFarthest = 0xfffd;

  static constexpr std::uintptr_t kForeign =
      1;  // no stack pointer ends like this: other entries do not match

  static bool words_match(const MemoEntry& entry, std::uintptr_t sp) noexcept;
  void record(std::uintptr_t slot, std::uintptr_t word) noexcept;
  void put(std::uint16_t value) noexcept;

  MemoEntry& entry_;
  std::uintptr_t base_;
  std::uintptr_t page_;
  std::uintptr_t sum_ = 0;
  bool new_base_ = false;
};

/// Whether a walk, led on beyond any depth that was asked for, as far as is reasonable to look, comes to the
/// outermost frame and finds it marked: no return address by its rule; or, on a page that the walk had come
/// to before, a null or the start of a function, as makers of stacks by hand put there.
bool has_marked_end(const FrameState& caller, AddressRange stack, RuleTable& rules) noexcept;

}  // namespace padlock::trace
