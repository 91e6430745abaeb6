// A closed gate is waited at in the kernel (futex).
#include "runtime/threads/gate.h"

#include "os/futex.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

constinit Gates gates;

// Either the thread is seen waiting by wake(), or it sees what wake() changed.
void Gates::wait_outside() noexcept {
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  while (true) {
    const std::uint32_t seen = opened_.load(std::memory_order_seq_cst);
    if (!thread_slot.gate_closed.load(std::memory_order_acquire)) break;
    os::wait_while(opened_, seen);
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void Gates::wake() noexcept {
  opened_.fetch_add(1, std::memory_order_seq_cst);
  if (waiting_.load(std::memory_order_seq_cst) != 0) os::wake_all(opened_);
}

}  // namespace padlock::runtime
