// The slow paths of the door, where a thread has to wait.
#include "runtime/threads/door.h"

#include "runtime/threads/gate.h"
#include "runtime/threads/new_process.h"

namespace padlock::runtime {

void Door::come_back(std::uint8_t former) noexcept {
  const std::uint8_t outside = thread_slot.doing_.load(std::memory_order_relaxed);
  while (true) {
    thread_slot.store(former);
    if ((former & ThreadSlot::kInside) == 0 || !thread_slot.gate_closed.load(std::memory_order_acquire))
      return;
    thread_slot.store(outside);
    gates.wait_outside();
  }
}

Inside::Inside() noexcept : granted_(thread_slot.is_idle()) {
  if (!granted_) return;
  recognize_new_process();
  while (!Door::step_inside()) gates.wait_outside();
}

}  // namespace padlock::runtime
