// The uncommon ways into the allocator and out of it.
#include "runtime/calls/entry.h"

#include <optional>

#include "runtime/calls/own_state.h"
#include "runtime/foreign/own_operators.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/calls_up.h"
#include "runtime/threads/gate.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/thread_life.h"
#include "trace/interruption.h"

namespace padlock::runtime {
namespace {

// Code that another library has put in front of a function that Padlock calls may allocate: no signal, and no
// fault of the program's.
void report_signal_unsafe_call(const trace::FrameState& from, core::Call call) noexcept {
  if (!trace::is_interrupted_by_signal(from, settings.own_code)) return;
  core::Fault fault;
  fault.kind = core::FaultKind::kSignalUnsafeCall;
  fault.moment = core::Moment::kAllocate;
  fault.call = call;
  reporter.report(fault, from);
}

}  // namespace

core::Caller caller_anew(ThreadState& state, const trace::FrameState& from) noexcept {
  core::Caller by{.thread = state.index};
  const auto capture = [&] {
    return state.unwinder.capture_anew(from, settings.trace_depth, settings.unwind, trace_depot);
  };
  if (state.starting) return by;
  if (settings.unwinder_allocates) [[unlikely]] {
    const ActivityScope capturing(Activity::kCapturing);
    by.trace = capture();
  } else {
    by.trace = capture();
  }
  return by;
}

bool is_for_guards(ThreadState& state, trace::TraceId trace) noexcept {
  if (guard_sites.guards_all() || !guard_sites.is_new(trace)) [[likely]]
    return false;
  state.unwinder.forget_latest();
  return true;
}

void count_for_pinpoint(const core::Caller& by) noexcept {
  allocation_log.note(by.number, by.trace);
  if (watched_site.is_on()) watched_site.count(by);
}

void Entry::enter_slowly() noexcept {
  if (!os::is_relocated()) return;  // the thread has no slot yet
  if (thread_slot.is_working()) report_signal_unsafe_call(from_, call_);
  if (!thread_slot.is_idle()) return;
  initialize();
  if (settings.aside) return;
  recognize_new_process();
  ThreadState* state = nullptr;
  do {
    if (thread_slot.gate_closed.load(std::memory_order_acquire)) gates.wait_outside();
    state = obtain_state(borrowed_);
    if (state == nullptr) return;  // the system has no memory now
  } while (!Door::step_inside());
  state_ = state;
}

// Where Padlock's own state was overwritten that is all that is known: what was found with it is nobody's
// fault.
void Entry::report_faults() noexcept {
  const Outside unlocked(Activity::kReporting);
  core::Fault fault;
  std::optional<core::Fault> overwritten;
  while (state_->faults.take(fault)) {
    if (overwritten) continue;
    overwritten = overwritten_state(state_->cache, fault.moment);
    if (overwritten) fault = *overwritten;
    fault.call = call_;
    const bool mismatch = fault.kind == core::FaultKind::kAllocDeallocMismatch;
    if (!mismatch || !is_pair_of_own_operators(fault, from_)) reporter.report(fault, from_);
  }
  reporter.count_lost(state_->faults.take_lost());
}

void Entry::return_state_to_pool() noexcept { return_state(state_); }

}  // namespace padlock::runtime
