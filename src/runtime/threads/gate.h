// Where threads wait while the world is stopped: each one at its own gate (ThreadSlot::gate_closed), which
// the thread that stops the world closes and opens (world.h).
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::runtime {

class Gates {
 public:
  constexpr Gates() noexcept = default;

  /// For a thread that finds its gate closed and is outside: returns when the gate may be open. Holds no lock
  /// in the meantime: a signal handler may come in.
  void wait_outside() noexcept;

  /// Gates were opened: wakes the threads that wait.
  void wake() noexcept;

  [[nodiscard]] bool has_waiting() const noexcept { return waiting_.load(std::memory_order_relaxed) != 0; }

  /// In a forked child: no thread waits any more.
  void forget_waiting() noexcept { waiting_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> opened_{0};   // how often: those that wait do so for it to change
  std::atomic<std::uint32_t> waiting_{0};  // threads
};

extern constinit Gates gates;

}  // namespace padlock::runtime
