// The pool of thread states.
#include "runtime/thread_state.h"

#include <mutex>
#include <new>

#include "core/arith.h"
#include "os/memory.h"

namespace padlock::runtime {
namespace {

std::size_t mapped_size() noexcept { return core::align_up(sizeof(ThreadState), os::page_size()); }

// Everything but the fault list is good as zeros; constructing it all would touch every page.
ThreadState* begin_life(void* zeroed) noexcept {
  auto* state = static_cast<ThreadState*>(zeroed);
  new (&state->faults) FaultList;
  return state;
}

}  // namespace

constinit ThreadStatePool thread_state_pool;

ThreadState* ThreadStatePool::take() noexcept {
  {
    const std::lock_guard guard(lock_);
    if (ThreadState* state = unused_; state != nullptr) {
      unused_ = state->next;
      os::discard(state, mapped_size());  // zero again: nothing of one thread's stack may serve another
      return begin_life(state);
    }
  }
  void* memory = os::map(mapped_size(), os::Protection::kReadWrite);
  return memory == nullptr ? nullptr : begin_life(memory);
}

void ThreadStatePool::give_back(ThreadState* state) noexcept {
  const std::lock_guard guard(lock_);
  state->next = unused_;
  unused_ = state;
}

}  // namespace padlock::runtime
