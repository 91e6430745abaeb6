// Runs when a thread ends: reports its faults, gives its blocks back and frees its slot.
#include "runtime/process/thread_end.h"

#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/trim.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/door.h"
#include "runtime/threads/lent_pages.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

void report_faults_of(ThreadState& state) noexcept {
  const Outside unlocked(Activity::kReporting);
  core::Fault fault;
  while (state.faults.take(fault)) {
    fault.call = core::Call::kThreadEnd;
    reporter.report(fault, PADLOCK_CALLER_STATE());
  }
  reporter.count_lost(state.faults.take_lost());
}

// The calling thread's state, empty and out of the world; null if it has none, or it can't be emptied since
// a signal handler that interrupted the allocator ends the thread.
ThreadState* give_up_state() noexcept {
  ThreadState* const state = thread_slot.state;
  if (state == nullptr) return nullptr;
  const Inside inside;
  if (inside.granted()) {
    drain_cache(*state, state->faults);
    if (!state->faults.empty()) report_faults_of(*state);
  }
  world.leave(*state);
  state->arena->drop_thread();
  thread_slot.state = nullptr;
  return inside.granted() ? state : nullptr;
}

}  // namespace

void on_thread_end() noexcept {
  give_back_all_pages();
  ThreadState* const state = give_up_state();
  thread_slot.departed = true;
  {
    const Inside inside;
    thread_registry.leave(thread_slot.index);
    if (state != nullptr) thread_state_pool.give_back(state);
  }
  if (state != nullptr) trim_after_thread_end(PADLOCK_CALLER_STATE());
}

}  // namespace padlock::runtime
