// What a process without its parent's threads goes on with.
#include "runtime/process/survivor.h"

#include "os/errno_keeper.h"
#include "os/memory_locks.h"
#include "os/signals_blocked.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/own_memory.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/calls_up.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/thread_life.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

// The caller holds none of them.
bool is_held(os::Lock& lock) noexcept {
  if (!lock.try_lock()) return true;
  lock.unlock();
  return false;
}

// An arena that was being changed is left as it is: its live blocks can be read, and that is all.
void give_up_locked_arenas() noexcept {
  arena_set.lock().reset_after_fork();
  arena_set.for_each([](Arena& arena) {
    if (!is_held(arena.lock())) return;
    arena.abandon();
    note_lost_blocks();
  });
}

void free_other_locks() noexcept {
  if (is_held(large_blocks.lock())) note_lost_blocks();
  large_blocks.lock().reset_after_fork();
  if (is_held(guarded_blocks.lock())) note_lost_blocks();
  guarded_blocks.lock().reset_after_fork();
  if (is_held(thread_state_pool.lock())) thread_state_pool.forget_unused();
  thread_registry.lock().reset_after_fork();
}

// With its gate closed, the thread's cache may have been in the middle of being emptied.
void keep_own_state() noexcept {
  ThreadState* const state = thread_slot.state;
  if (state == nullptr) return;
  if (thread_slot.gate_closed.load(std::memory_order_relaxed)) {
    thread_slot.state = nullptr;
    thread_slot.gate_closed.store(false, std::memory_order_relaxed);
  } else if (state->arena != nullptr && state->arena->is_abandoned()) {
    state->arena = arena_set.for_turn(state->index);
  }
}

}  // namespace

// Nothing of a forked child is locked in memory.
void note_new_process() noexcept {
  note_own_memory();
  os::note_future_locked(false);
  os::fork_mark.renew();
}

void recognize_new_process_now() noexcept {
  const os::ErrnoKeeper keeper;
  const os::SignalsBlocked quiet;  // a handler that comes in here too would wait for the thread it interrupts
  if (!os::fork_mark.claim()) return;
  const bool at_rest = world.others_are_at_rest();
  give_up_locked_arenas();
  free_other_locks();
  keep_own_state();
  world.only_survivor(thread_slot.state, at_rest && !has_lost_blocks());
  reporter.reset_after_fork();
  begin_thread_anew();
  note_new_process();
}

}  // namespace padlock::runtime
