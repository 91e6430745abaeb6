// A thread's state, from its first call on.
#include "runtime/threads/thread_life.h"

#include <atomic>
#include <cstdint>

#include "os/errno_keeper.h"
#include "os/process.h"
#include "os/thread.h"
#include "os/thread_end.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/signals/signal_masks.h"
#include "runtime/threads/door.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_stack.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {

constinit thread_local ThreadSlot thread_slot;

namespace {

constinit std::atomic<bool> libc_ready{false};

// A loader is done with its own tables before it runs any of our code.
bool can_trace() noexcept { return libc_ready.load(std::memory_order_relaxed) || os::has_dynamic_loader(); }

bool ends_are_watched = false;

// A state with an arena; null if the system has no memory now. What freed large blocks hold back may be what
// is missing.
template <typename Choose>
ThreadState* take_state(Choose choose_arena) noexcept {
  Arena* arena = nullptr;
  ThreadState* state = nullptr;
  for (int round = 0; round < 2 && state == nullptr; ++round) {
    if (round != 0) large_blocks.flush_quarantine();
    if (arena == nullptr) arena = choose_arena();
    if (arena != nullptr) state = thread_state_pool.take();
  }
  if (state != nullptr) state->arena = arena;
  return state;
}

ThreadState* first_state() noexcept {
  const Inside inside;
  Arena* arena = nullptr;
  ThreadState* const state = take_state([&arena] { return arena = arena_set.for_new_thread(); });
  if (state == nullptr) {
    if (arena != nullptr) arena->drop_thread();
    return nullptr;
  }
  state->index = thread_registry.enter();
  state->starting = true;
  thread_slot.index = state->index;
  if (ends_are_watched) {
    world.join(*state);
  } else {
    world.join_for_ever();
  }
  thread_slot.state = state;
  return state;
}

// The thread can allocate by now: libc may do so for the key.
void finish_start(ThreadState& state) noexcept {
  const os::ErrnoKeeper keeper;
  adopt_signal_mask();
  if (ends_are_watched) os::await_thread_end();
  state.stack = current_stack();
  state.unwinder.set_stack(state.stack);
  thread_registry.set_stack(state.index, state.stack);
  state.starting = !can_trace();
}

ThreadState* borrow_state() noexcept {
  const Inside inside;
  ThreadState* const state = take_state([] { return arena_set.for_turn(thread_slot.index); });
  if (state == nullptr) return nullptr;
  state->index = thread_slot.index;
  return state;
}

}  // namespace

bool watch_thread_ends(void (*at_end)() noexcept) noexcept {
  ends_are_watched = os::watch_thread_ends(at_end);
  return ends_are_watched;
}

void begin_thread_anew() noexcept {
  ThreadState* const state = thread_slot.state;
  const std::uint16_t index = thread_registry.only_survivor(state == nullptr ? 0 : state->index,
                                                            state == nullptr ? AddressRange{} : state->stack);
  arena_set.count_only(state == nullptr ? nullptr : state->arena);
  if (state == nullptr) return;
  state->index = index;
  thread_slot.index = index;
}

void allow_traces() noexcept {
  libc_ready.store(true, std::memory_order_relaxed);
  if (thread_slot.state != nullptr) thread_slot.state->starting = false;
}

ThreadState* obtain_state(bool& borrowed) noexcept {
  borrowed = thread_slot.departed;
  if (borrowed) return borrow_state();
  if (thread_slot.state != nullptr) return thread_slot.state;
  ThreadState* const state = first_state();
  if (state != nullptr) finish_start(*state);
  return state;
}

void return_state(ThreadState* state) noexcept {
  const Inside inside;
  thread_state_pool.give_back(state);
}

}  // namespace padlock::runtime
