// Only the first value of a thread that has not allocated is of interest.
#include "runtime/interposed/thread_values.h"

#include "os/errno_keeper.h"
#include "runtime/calls/entry.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

void on_thread_value_call(PassedCall& call) noexcept {
  const bool is_null = call.argument[1] == 0;
  if (is_null || thread_slot.state != nullptr || thread_slot.departed || !thread_slot.is_idle()) return;
  const os::ErrnoKeeper keeper;
  const Entry entry(call.from(), core::Call::kNone);
}

}  // namespace padlock::runtime
