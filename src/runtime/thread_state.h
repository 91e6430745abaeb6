// What a thread needs to allocate: its stack unwinder, its arena, its share of allocation numbers, and room
// for the faults of one operation. Mapped at the thread's first call, used again by later threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/lock.h"
#include "os/thread.h"
#include "runtime/arena.h"
#include "runtime/fault_list.h"
#include "runtime/numbers.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// Zeroed memory is a valid one.
struct ThreadState {
  trace::ThreadUnwinder unwinder;
  FaultList faults;
  NumberBatch numbers;
  Arena* arena;
  os::AddressRange stack;
  ThreadState* next;  // in the pool of unused ones
  std::uint16_t index;
  bool starting;  // its stack is not known yet: no traces
};

/// The pool of states that no thread uses. Thread-safe.
class ThreadStatePool {
 public:
  constexpr ThreadStatePool() noexcept = default;

  /// Zeroed; null if the system has no memory.
  ThreadState* take() noexcept;
  void give_back(ThreadState* state) noexcept;

  os::Lock& lock() noexcept { return lock_; }

 private:
  os::Lock lock_;
  ThreadState* unused_ = nullptr;
};

extern constinit ThreadStatePool thread_state_pool;

}  // namespace padlock::runtime
