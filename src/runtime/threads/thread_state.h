// What a thread needs to allocate: its stack unwinder, its arena, its share of allocation numbers, and room
// for the faults of one operation. Mapped at the thread's first call, used again by later threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/cache/block_cache.h"
#include "os/lock.h"
#include "os/thread.h"
#include "runtime/memory/arena.h"
#include "runtime/memory/numbers.h"
#include "runtime/threads/fault_list.h"
#include "runtime/threads/thread_slot.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// Zeroed memory is a valid one, but for `faults` and `cache`.
struct ThreadState {
  core::BlockCache cache;
  trace::ThreadUnwinder unwinder;
  FaultList faults;
  NumberBatch numbers;
  Arena* arena;
  AddressRange stack;
  ThreadState* next;  // in the pool of unused ones
  ThreadState* next_in_world;
  ThreadSlot* slot;           // of the thread, while it is in the world
  std::uint32_t guard_round;  // GuardSites::round() when the memo last forgot its stacks
  std::uint16_t index;
  bool starting;  // its stack is not known yet: no traces
};

/// The pool of states that no thread uses. Thread-safe. The memory of all but a few goes back to the system.
class ThreadStatePool {
 public:
  /// Unused states that keep their pages: to fault them in again costs a thread more than all else here does.
  static constexpr std::size_t kKeptWhole = 16;

  constexpr ThreadStatePool() noexcept = default;

  /// Once, before anything else: what the caches of all threads are made with.
  void set_up(const core::Keys& keys, std::size_t quarantine_bytes, bool keeps) noexcept;

  /// With an empty cache; null if the system has no memory.
  ThreadState* take() noexcept;
  /// Its cache is empty.
  void give_back(ThreadState* state) noexcept;
  /// Bytes of each; of those that are not kept whole only the first page is in use.
  [[nodiscard]] std::size_t mapped_size() const noexcept;

  /// In a forked child where a thread that is gone holds the lock.
  void forget_unused() noexcept PADLOCK_UNCHECKED_LOCKING {
    unused_ = nullptr;
    kept_whole_ = 0;
    lock_.reset_after_fork();
  }

  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  [[nodiscard]] std::size_t quarantine_slots() const noexcept;
  ThreadState* begin_life(void* memory) noexcept;

  os::Lock lock_;
  ThreadState* unused_ PADLOCK_GUARDED_BY(lock_) = nullptr;  // those that are kept whole first
  std::size_t kept_whole_ PADLOCK_GUARDED_BY(lock_) = 0;
  core::Keys keys_;
  std::size_t quarantine_bytes_ = 0;
  bool keeps_ = false;  // see core::BlockCache
};

extern constinit ThreadStatePool thread_state_pool;

}  // namespace padlock::runtime
