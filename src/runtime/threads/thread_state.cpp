// Maps states, and resets those that are reused.
#include "runtime/threads/thread_state.h"

#include <new>

#include "base/arith.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::runtime {
constinit ThreadStatePool thread_state_pool;

void ThreadStatePool::set_up(const core::Keys& keys, std::size_t quarantine_bytes, bool keeps) noexcept {
  keys_ = keys;
  quarantine_bytes_ = quarantine_bytes;
  keeps_ = keeps;
}

// The smallest blocks fill no more.
std::size_t ThreadStatePool::quarantine_slots() const noexcept {
  return quarantine_bytes_ / (core::kMinBlockGranules * core::kGranule) + 1;
}

std::size_t ThreadStatePool::mapped_size() const noexcept {
  const std::size_t slots = quarantine_slots() + core::ReadyBlocks::slots_needed();
  return align_up(sizeof(ThreadState) + slots * sizeof(core::BlockSlot), os::page_size());
}

// Members that are valid when zeroed are not constructed: that would touch every page. A state that a thread
// has used keeps what is known of the code, but nothing of that thread's stack may serve another.
ThreadState* ThreadStatePool::begin_life(void* memory) noexcept {
  auto* state = static_cast<ThreadState*>(memory);
  state->unwinder.set_stack({});
  state->stack = {};
  state->starting = false;
  new (&state->faults) FaultList;
  auto* slots = reinterpret_cast<core::BlockSlot*>(state + 1);
  const std::size_t quarantined = quarantine_slots();
  new (&state->cache) core::BlockCache(keys_, {slots, quarantined}, quarantine_bytes_, keeps_,
                                       {slots + quarantined, core::ReadyBlocks::slots_needed()});
  return state;
}

ThreadState* ThreadStatePool::take() noexcept {
  {
    const os::LockGuard guard(lock_);
    if (ThreadState* state = unused_; state != nullptr) {
      unused_ = state->next;
      if (kept_whole_ != 0) --kept_whole_;
      return begin_life(state);
    }
  }
  void* memory = os::map_table(mapped_size());
  const os::LockGuard guard(lock_);
  return memory == nullptr ? nullptr : begin_life(memory);
}

void ThreadStatePool::give_back(ThreadState* state) noexcept {
  {
    const os::LockGuard guard(lock_);
    if (kept_whole_ < kKeptWhole) {
      state->next = unused_;
      unused_ = state;
      ++kept_whole_;
      return;
    }
  }
  // Zeroed memory is a valid state, of which nothing is known.
  os::discard(state, mapped_size());
  const os::LockGuard guard(lock_);
  ThreadState** place = &unused_;
  for (std::size_t i = 0; i < kept_whole_; ++i) place = &(*place)->next;
  state->next = *place;
  *place = state;
}

}  // namespace padlock::runtime
