// The fork handlers. Registered first, they run last before the fork and first after it, so that the
// program's own handlers may allocate.
#include "runtime/process/fork.h"

#include "os/errno_keeper.h"
#include "os/fork_handlers.h"
#include "runtime/holders/each_holder.h"
#include "runtime/leaks/exemptions.h"
#include "runtime/memory/own_memory.h"
#include "runtime/process/survivor.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_life.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

// In the order in which they nest.
template <typename Visit>
void for_each_lock(Visit visit) noexcept {
  visit(exemptions.lock());
  visit(arena_set.lock());
  for_each_holder([&](auto& holder) { visit(holder.lock()); });
  visit(thread_state_pool.lock());
  visit(thread_registry.lock());
}

// What the calling thread did before its fork.
struct Fork {
  // False where a signal handler forks that interrupted the allocator: a lock may be the thread's own, and
  // taking all of them is out of the question.
  bool locked = false;
  bool world_stopped = false;
};

constinit thread_local Fork current __attribute__((tls_model("initial-exec")));

void before_fork() {
  current = {};
  if (!thread_slot.is_idle()) return;
  thread_slot.set_activity(Activity::kForking);
  current.world_stopped = world.stop(true);
  for_each_lock([](os::Lock& lock) PADLOCK_UNCHECKED_LOCKING { lock.lock(); });
  current.locked = true;
}

void after_fork_in_parent() {
  if (!current.locked) return;
  for_each_lock([](os::Lock& lock) PADLOCK_UNCHECKED_LOCKING { lock.unlock(); });
  if (current.world_stopped) world.resume();
  thread_slot.set_activity(Activity::kNothing);
}

void after_fork_in_child() {
  const os::ErrnoKeeper keeper;
  if (!current.locked) return note_own_memory();  // the rest when the thread is outside again
  for_each_lock([](os::Lock& lock) { lock.reset_after_fork(); });
  world.only_survivor(thread_slot.state, current.world_stopped);
  reporter.reset_after_fork();
  begin_thread_anew();
  note_new_process();
  thread_slot.set_activity(Activity::kNothing);
}

}  // namespace

void watch_forks() noexcept { os::add_fork_handlers(before_fork, after_fork_in_parent, after_fork_in_child); }

}  // namespace padlock::runtime
