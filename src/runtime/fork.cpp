// The fork handlers. Registered first, they run last before the fork and first after it, so that the
// program's own handlers may allocate.
#include "runtime/fork.h"

#include <pthread.h>

#include "os/errno_keeper.h"
#include "runtime/arena_set.h"
#include "runtime/large_blocks.h"
#include "runtime/own_memory.h"
#include "runtime/reporter.h"
#include "runtime/thread_registry.h"
#include "runtime/thread_slot.h"
#include "runtime/thread_state.h"
#include "runtime/world.h"

namespace padlock::runtime {
namespace {

// In the order in which they nest.
template <typename Visit>
void for_each_lock(Visit visit) noexcept {
  visit(arena_set.lock());
  arena_set.for_each([&](Arena& arena) { visit(arena.lock()); });
  visit(large_blocks.lock());
  visit(thread_state_pool.lock());
  visit(thread_registry.lock());
}

// The thread's activity before the fork: it is inside if a signal handler forks that interrupted the
// allocator. Then a lock may be its own, and taking all of them is out of the question.
thread_local Activity before __attribute__((tls_model("initial-exec"))) = Activity::kIdle;

bool world_stopped = false;  // written by who has stopped it

bool took_locks() noexcept { return before == Activity::kIdle; }

void before_fork() {
  before = thread_slot.activity;
  if (!took_locks()) return;
  thread_slot.activity = Activity::kForking;
  world_stopped = world.stop();
  for_each_lock([](os::Lock& lock) { lock.lock(); });
}

void after_fork_in_parent() {
  if (!took_locks()) return;
  for_each_lock([](os::Lock& lock) { lock.unlock(); });
  if (world_stopped) world.resume();
  thread_slot.activity = Activity::kIdle;
}

void after_fork_in_child() {
  const os::ErrnoKeeper keeper;
  note_own_memory();
  if (took_locks()) {
    for_each_lock([](os::Lock& lock) { lock.reset_after_fork(); });
    thread_slot.activity = Activity::kIdle;
  }
  world.only_survivor(thread_slot.state);
  reporter.reset_after_fork();
  thread_registry.only_survivor(thread_slot.index);
}

}  // namespace

void watch_forks() noexcept { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

}  // namespace padlock::runtime
