// Closing the gates, and whose turn it is to do so.
#include "runtime/threads/world.h"

#include <algorithm>

#include "os/barrier.h"
#include "os/clock.h"
#include "os/thread.h"
#include "runtime/threads/door.h"
#include "runtime/threads/gate.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime {
namespace {

constexpr unsigned kQuickLooks = 1000;  // giving the processor away in between
constexpr unsigned kSlowLooks = 1000;   // a millisecond apart

constexpr std::int64_t kMostRestUs = 1'000'000;  // of the world between two stops
constexpr unsigned kMostRests = 10;              // for a thread, where others come first again and again

void pause_between_looks(unsigned looks) noexcept {
  if (looks < kQuickLooks) {
    os::give_way();
  } else {
    os::sleep_ms(1);
  }
}

bool is_own(const ThreadState& state) noexcept { return state.slot == &thread_slot; }

}  // namespace

constinit World world;

ThreadState* World::next_of(const ThreadState& state) noexcept { return state.next_in_world; }

void World::lock_counted() noexcept {
  if (lock_.try_lock()) return;
  waiting_.fetch_add(1, std::memory_order_relaxed);
  lock_.lock();
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

// A thread that waits here has no block half written, so others need not wait for it.
void World::acquire() noexcept {
  const OutsideUntilLocked waiting;
  lock_counted();
}

// Others may have stopped the world in the meantime, but a thread that wants it has to have its turn.
void World::acquire_when_rested() noexcept {
  const OutsideUntilLocked waiting;
  for (unsigned rests = 0;; ++rests) {
    const std::int64_t until = rest_until_.load(std::memory_order_relaxed);
    const std::int64_t now = until == 0 ? 0 : os::monotonic_us();
    if (now < until) os::sleep_us(std::min(until - now, kMostRestUs));
    lock_counted();
    if (rests == kMostRests || rest_until_.load(std::memory_order_relaxed) == until) return;
    lock_.unlock();
  }
}

void World::join(ThreadState& state) noexcept {
  acquire();
  state.slot = &thread_slot;
  state.next_in_world = first_;
  first_ = &state;
  size_.fetch_add(1, std::memory_order_relaxed);
  lock_.unlock();
}

void World::join_for_ever() noexcept {
  acquire();
  unwatched_ = true;
  lock_.unlock();
}

// Of a list that was overwritten only as many are looked at as there are threads.
void World::leave(ThreadState& state) noexcept {
  acquire();
  ThreadState** link = &first_;
  std::size_t left = size();
  while (*link != nullptr && *link != &state && left-- != 0) link = &(*link)->next_in_world;
  if (*link == &state) {
    *link = state.next_in_world;
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
  lock_.unlock();
}

void World::close_gates(bool closed) noexcept {
  for_each([closed](ThreadState& state) {
    if (!is_own(state)) state.slot->gate_closed.store(closed, std::memory_order_release);
  });
}

bool World::has_others() noexcept {
  bool found = false;
  for_each([&](const ThreadState& state) { found |= !is_own(state); });
  return found;
}

bool World::others_are_at_rest() noexcept {
  bool out = true;
  for_each([&](const ThreadState& state) { out &= is_own(state) || !state.slot->is_inside(); });
  return out;
}

// Holds the lock until resume().
bool World::stop(bool at_once) noexcept PADLOCK_UNCHECKED_LOCKING {
  if (at_once) {
    acquire();
  } else {
    acquire_when_rested();
  }
  if (unwatched_) {
    lock_.unlock();
    return false;
  }
  stopped_at_ = 0;
  if (!has_others()) return true;
  if (!at_once) stopped_at_ = os::monotonic_us();
  close_gates(true);
  // Either a thread sees its gate closed, or it is seen inside from here on.
  if (!os::process_barrier()) {
    resume();
    return false;
  }
  for (unsigned looks = 0; !others_are_at_rest(); ++looks) {
    if (looks == kQuickLooks + kSlowLooks) {
      resume();
      return false;
    }
    pause_between_looks(looks);
  }
  return true;
}

void World::note_rest() noexcept {
  std::int64_t until = 0;
  if (stopped_at_ != 0 && (gates.has_waiting() || waiting_.load(std::memory_order_relaxed) != 0)) {
    const std::int64_t now = os::monotonic_us();
    until = now + std::min(now - stopped_at_, kMostRestUs);
  }
  rest_until_.store(until, std::memory_order_relaxed);
}

void World::resume() noexcept PADLOCK_UNCHECKED_LOCKING {
  note_rest();
  close_gates(false);
  lock_.unlock();
  gates.wake();
}

void World::only_survivor(ThreadState* state, bool at_rest) noexcept {
  lock_.reset_after_fork();
  waiting_.store(0, std::memory_order_relaxed);
  gates.forget_waiting();
  rest_until_.store(0, std::memory_order_relaxed);
  unwatched_ = unwatched_ || !at_rest;
  first_ = state;
  size_.store(state == nullptr ? 0 : 1, std::memory_order_relaxed);
  if (state == nullptr) return;
  state->next_in_world = nullptr;
  state->slot->gate_closed.store(false, std::memory_order_relaxed);
}

}  // namespace padlock::runtime
