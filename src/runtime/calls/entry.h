// One call into the allocator, from its first to its last instruction: the thread is marked as inside, so
// that a signal handler that comes in again is distinguished from an ordinary call; faults are reported at
// the end, when no lock is held.
#pragma once

#include <cstdint>

#include "core/config.h"
#include "os/fork_mark.h"
#include "os/relocation.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/allocation_log.h"
#include "runtime/threads/door.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// An allocation, where another run of the program is to find its block again, or this one is to find one.
void count_for_pinpoint(const core::Caller& by) noexcept;

/// caller_of() where the memo of `state` does not know the stack.
core::Caller caller_anew(ThreadState& state, const trace::FrameState& from) noexcept;

/// Whether the block that this stack allocates next is to be guarded, which the quick path cannot do. If so,
/// the memo forgets the stack, so that the one after it is noticed, too.
bool is_for_guards(ThreadState& state, trace::TraceId trace) noexcept;

/// The stack and the thread of a call on the thread of `state`, which is inside.
[[gnu::always_inline]] inline core::Caller caller_of(ThreadState& state,
                                                     const trace::FrameState& from) noexcept {
  const trace::TraceId trace = state.unwinder.recall(from);
  if (trace == 0) [[unlikely]]
    return caller_anew(state, from.copy());
  return {.trace = trace, .thread = state.index};
}

class Entry {
 public:
  /// `call`: for the faults that it finds.
  Entry(const trace::FrameState& from, core::Call call) noexcept : from_(from), call_(call) {
    if (os::is_relocated() && Door::is_near() && !os::fork_mark.is_gone() && Door::step_inside()) [[likely]] {
      state_ = thread_slot.state;
    } else {
      enter_slowly();
    }
  }
  ~Entry() {
    if (state_ != nullptr) leave();
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  /// False where the call must be served by the bootstrap heap, without entering anything.
  [[nodiscard]] bool granted() const noexcept { return state_ != nullptr; }

  [[nodiscard]] core::Call call() const noexcept { return call_; }

  // The rest only where granted.
  [[nodiscard]] Arena* arena() const noexcept { return state_->arena; }
  [[nodiscard]] core::BlockCache& cache() const noexcept { return state_->cache; }
  /// Whether cache() may be used: a thread that has departed is not stopped with the world.
  [[nodiscard]] bool has_cache() const noexcept { return !borrowed_; }
  [[nodiscard]] std::uint64_t latest_number() const noexcept { return number_source.latest(state_->numbers); }
  [[nodiscard]] FaultList& faults() const noexcept { return state_->faults; }

  /// The stack and the thread of the free.
  [[nodiscard]] core::Caller caller() const noexcept { return caller_of(*state_, from_); }
  /// Who allocates: an allocation number as well.
  [[nodiscard]] core::Caller allocator() const noexcept {
    core::Caller by = caller();
    is_for_guards(*state_, by.trace);
    by.number = number_source.take(state_->numbers);
    if (allocation_log.is_on()) [[unlikely]]
      count_for_pinpoint(by);
    return by;
  }
  /// The guards' round is `round`: stacks that were known before count as new.
  void follow_guard_round(std::uint32_t round) const noexcept {
    if (state_->guard_round == round) return;
    state_->guard_round = round;
    state_->unwinder.forget_traces();
  }

 private:
  void leave() noexcept {
    if (!state_->faults.empty()) [[unlikely]]
      report_faults();
    Door::step_outside();
    if (borrowed_) [[unlikely]]
      return_state_to_pool();
  }
  void enter_slowly() noexcept;
  void report_faults() noexcept;
  void return_state_to_pool() noexcept;

  const trace::FrameState& from_;
  ThreadState* state_ = nullptr;
  core::Call call_;
  bool borrowed_ = false;
};

}  // namespace padlock::runtime
