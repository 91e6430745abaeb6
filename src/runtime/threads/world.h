// All threads that allocate, and stopping them at the allocator's door (door.h): a thread that works on a
// block takes no lock, so a caller that needs all blocks at rest, or forks, makes all other threads wait
// outside.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "os/lock.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

class World {
 public:
  constexpr World() noexcept = default;

  /// The calling thread's state from its first call to its end; both wait while the world is stopped.
  void join(ThreadState& state) noexcept;
  void leave(ThreadState& state) noexcept;
  /// A thread whose end cannot be observed: the world can't be stopped any more.
  void join_for_ever() noexcept;

  /// Makes every other thread wait outside the allocator, and waits until the last one has left it; then no
  /// block is half written. False, and no thread waits, when one does not come out within a second or so.
  /// The caller holds no lock of the runtime; after true it calls resume(). Before the world is stopped again
  /// it runs for as long as it stood still, if threads had to wait; `at_once`: it need not.
  [[nodiscard]] bool stop(bool at_once = false) noexcept;
  void resume() noexcept;

  /// In a forked child: the caller is the only one left; `state` is its own or null. The world runs.
  /// `at_rest`: no other thread was inside at the fork; otherwise a block may be half written for good, and
  /// the world can't be stopped any more.
  void only_survivor(ThreadState* state, bool at_rest) noexcept;
  /// Whether no other thread is inside. In a forked child, or while the world is stopped.
  [[nodiscard]] bool others_are_at_rest() noexcept;

  /// How many threads have joined and not left.
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  /// Of the threads that joined, and no more of them however the list was overwritten; while the world is
  /// stopped, or where a race does not matter.
  template <typename Visit>
  void for_each(Visit visit) noexcept {
    std::size_t left = size() + kJoining;
    for (ThreadState* state = first_; state != nullptr && left != 0; state = next_of(*state), --left)
      visit(*state);
  }

 private:
  static constexpr std::size_t kJoining = 1;  // in the list, and not counted yet

  static ThreadState* next_of(const ThreadState& state) noexcept;
  void acquire() noexcept PADLOCK_ACQUIRES(lock_);
  void acquire_when_rested() noexcept PADLOCK_ACQUIRES(lock_);
  void lock_counted() noexcept PADLOCK_ACQUIRES(lock_);
  void note_rest() noexcept;
  void close_gates(bool closed) noexcept;
  [[nodiscard]] bool has_others() noexcept;

  os::Lock lock_;
  ThreadState* first_ = nullptr;
  std::atomic<std::size_t> size_{0};
  bool unwatched_ = false;
  std::int64_t stopped_at_ = 0;              // us; of the thread that holds the lock
  std::atomic<std::int64_t> rest_until_{0};  // us
  std::atomic<std::uint32_t> waiting_{0};    // threads, for the lock
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
