// One call into the allocator, from its first to its last instruction: the thread is marked as inside, so
// that a signal handler that comes in again is told from an ordinary call; faults are reported at the end,
// when no lock is held.
#pragma once

#include <cstdint>

#include "core/config.h"
#include "runtime/numbers.h"
#include "runtime/settings.h"
#include "runtime/thread_slot.h"
#include "runtime/thread_state.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

class Entry {
 public:
  explicit Entry(const trace::FrameState& from) noexcept : from_(from) {
    ThreadSlot& slot = thread_slot;
    if (slot.activity == Activity::kIdle && slot.state != nullptr) [[likely]] {
      state_ = slot.state;
      enter();
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

  // The rest only where granted.
  [[nodiscard]] Arena* arena() const noexcept { return state_->arena; }
  [[nodiscard]] FaultList& faults() const noexcept { return state_->faults; }

  /// Who frees: the stack and the thread.
  [[nodiscard]] core::Caller caller() const noexcept {
    core::Caller by;
    by.thread = state_->index;
    if (state_->starting) return by;
    if (settings.unwinder_allocates) [[unlikely]] {
      const ActivityScope capturing(Activity::kCapturing);
      by.trace = capture();
    } else {
      by.trace = capture();
    }
    return by;
  }
  /// Who allocates: an allocation number as well.
  [[nodiscard]] core::Caller allocator() const noexcept {
    core::Caller by = caller();
    by.number = number_source.take(state_->numbers);
    return by;
  }

 private:
  void enter() noexcept {
    thread_slot.activity = Activity::kInside;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  void leave() noexcept {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!state_->faults.empty()) [[unlikely]]
      report_faults();
    thread_slot.activity = Activity::kIdle;
    if (borrowed_) [[unlikely]]
      return_state_to_pool();
  }
  [[nodiscard]] trace::TraceId capture() const noexcept {
    return state_->unwinder.capture(from_, settings.trace_depth, settings.unwind, trace_depot);
  }
  void enter_slowly() noexcept;
  void report_faults() noexcept;
  void return_state_to_pool() noexcept;

  const trace::FrameState& from_;
  ThreadState* state_ = nullptr;
  bool borrowed_ = false;
};

}  // namespace padlock::runtime
