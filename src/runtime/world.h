// All threads that allocate, and stopping them at the allocator's door: a thread that works on a block takes
// no lock, so who wants to look at everybody's blocks at once, or to fork, has everybody wait outside.
#pragma once

#include <cstddef>

#include "os/lock.h"
#include "runtime/thread_slot.h"

namespace padlock::runtime {

class World {
 public:
  constexpr World() noexcept = default;

  /// The calling thread's state from its first call to its end; both wait while the world is stopped.
  void join(ThreadState& state) noexcept;
  void leave(ThreadState& state) noexcept;
  /// A thread of which nobody will tell when it ends: the world can't be stopped any more.
  void join_for_ever() noexcept;

  /// Makes every other thread wait outside the allocator, and waits until the last one has left it; then no
  /// block is half written. False, and nobody waits, when one does not come out within a second or so.
  /// The caller holds no lock of the runtime; after true it calls resume().
  [[nodiscard]] bool stop() noexcept;
  void resume() noexcept;

  /// What a thread does that finds its gate closed.
  void wait_outside() noexcept;

  /// In a forked child: the caller is the only one left; `state` is its own or null. The world runs.
  void only_survivor(ThreadState* state) noexcept;

  /// Of the threads that joined; while the world is stopped, or where a race does not matter.
  template <typename Visit>
  void for_each(Visit visit) noexcept {
    for (ThreadState* state = first_; state != nullptr; state = next_of(*state)) visit(*state);
  }

 private:
  static ThreadState* next_of(const ThreadState& state) noexcept;
  void acquire() noexcept;
  void close_gates(bool closed) noexcept;
  [[nodiscard]] bool others_are_out() noexcept;
  [[nodiscard]] bool has_others() noexcept;

  os::Lock lock_;
  ThreadState* first_ = nullptr;
  bool unwatched_ = false;
};

extern constinit World world;

/// Stops the world over a scope.
class StoppedWorld {
 public:
  StoppedWorld() noexcept : stopped_(world.stop()) {}
  ~StoppedWorld() {
    if (stopped_) world.resume();
  }
  StoppedWorld(const StoppedWorld&) = delete;
  StoppedWorld& operator=(const StoppedWorld&) = delete;

  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 private:
  bool stopped_;
};

}  // namespace padlock::runtime
