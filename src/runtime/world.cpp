// Gates and waiting.
#include "runtime/world.h"

#include <mutex>

#include "os/barrier.h"
#include "os/clock.h"
#include "os/thread.h"
#include "runtime/thread_state.h"

namespace padlock::runtime {
namespace {

constexpr unsigned kQuickLooks = 1000;  // giving the processor away in between
constexpr unsigned kSlowLooks = 1000;   // a millisecond apart

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

// Whoever waits here has no block half written, so nobody needs to wait for him.
void World::acquire() noexcept {
  const ActivityScope waiting(Activity::kWaiting);
  lock_.lock();
}

void World::join(ThreadState& state) noexcept {
  acquire();
  state.slot = &thread_slot;
  state.next_in_world = first_;
  first_ = &state;
  lock_.unlock();
}

void World::join_for_ever() noexcept {
  acquire();
  unwatched_ = true;
  lock_.unlock();
}

void World::leave(ThreadState& state) noexcept {
  acquire();
  ThreadState** link = &first_;
  while (*link != nullptr && *link != &state) link = &(*link)->next_in_world;
  if (*link != nullptr) *link = state.next_in_world;
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

bool World::others_are_out() noexcept {
  bool out = true;
  for_each([&](const ThreadState& state) {
    const Activity activity = state.slot->activity.load(std::memory_order_acquire);
    const bool working = activity == Activity::kInside || activity == Activity::kCapturing;
    out &= is_own(state) || !working;
  });
  return out;
}

bool World::stop() noexcept {
  acquire();
  if (unwatched_) {
    lock_.unlock();
    return false;
  }
  if (!has_others()) return true;
  close_gates(true);
  // Either a thread sees its gate closed, or it is seen inside from here on.
  os::process_barrier();
  for (unsigned looks = 0; !others_are_out(); ++looks) {
    if (looks == kQuickLooks + kSlowLooks) {
      resume();
      return false;
    }
    pause_between_looks(looks);
  }
  return true;
}

void World::resume() noexcept {
  close_gates(false);
  lock_.unlock();
}

void World::wait_outside() noexcept { const std::lock_guard guard(lock_); }

void World::only_survivor(ThreadState* state) noexcept {
  lock_.reset_after_fork();
  first_ = state;
  if (state == nullptr) return;
  state->next_in_world = nullptr;
  state->slot->gate_closed.store(false, std::memory_order_relaxed);
}

}  // namespace padlock::runtime
