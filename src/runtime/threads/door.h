// The allocator's door: the only code that marks a thread as inside, and it waits at a closed gate, so that
// no thread works on a block while the world is stopped.
#pragma once

#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

class Door {
 public:
  /// Whether the calling thread can step inside without further ado.
  static bool is_near() noexcept { return thread_slot.state != nullptr && thread_slot.is_idle(); }

  /// Marks the calling thread, which is outside, as inside; false, and outside, where its gate is closed.
  /// Pairs with step_outside().
  static bool step_inside() noexcept {
    thread_slot.doing_.store(ThreadSlot::kInside, std::memory_order_relaxed);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!thread_slot.gate_closed.load(std::memory_order_acquire)) [[likely]]
      return true;
    thread_slot.doing_.store(0, std::memory_order_release);
    return false;
  }
  static void step_outside() noexcept {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread_slot.doing_.store(0, std::memory_order_release);
  }

 private:
  friend class Outside;
  friend class OutsideUntilLocked;

  /// Out of it with an activity; what the thread was doing.
  static std::uint8_t go_out(Activity activity) noexcept {
    const std::uint8_t former = thread_slot.doing_.load(std::memory_order_relaxed);
    thread_slot.store(static_cast<std::uint8_t>(activity));
    return former;
  }
  static void come_back(std::uint8_t former) noexcept;
  /// While the caller holds the world's lock: then no other thread can have stopped the world.
  static void come_back_locked(std::uint8_t former) noexcept { thread_slot.store(former); }
};

/// Inside over a scope: waits while the gate is closed. A thread that is inside already (a signal handler
/// that interrupted the allocator) is not let in.
class Inside {
 public:
  Inside() noexcept;
  ~Inside() {
    if (granted_) Door::step_outside();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  [[nodiscard]] bool granted() const noexcept { return granted_; }

 private:
  bool granted_;
};

/// Over a scope, outside again and doing something else, with no block half written; the caller is inside,
/// by its own call, and holds no lock. Comes back through the door.
class Outside {
 public:
  explicit Outside(Activity activity) noexcept : former_(Door::go_out(activity)) {}
  ~Outside() { Door::come_back(former_); }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

 private:
  std::uint8_t former_;
};

/// The same for the wait for the world's lock: at the end of the scope the caller holds it.
class OutsideUntilLocked {
 public:
  OutsideUntilLocked() noexcept : former_(Door::go_out(Activity::kWaiting)) {}
  ~OutsideUntilLocked() { Door::come_back_locked(former_); }
  OutsideUntilLocked(const OutsideUntilLocked&) = delete;
  OutsideUntilLocked& operator=(const OutsideUntilLocked&) = delete;

 private:
  std::uint8_t former_;
};

}  // namespace padlock::runtime
