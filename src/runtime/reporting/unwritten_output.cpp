// Flushing what libc holds.
#include "runtime/reporting/unwritten_output.h"

#include <cstdint>
#include <cstdlib>

#include "os/child.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

constexpr int kFlushTimeoutMs = 10000;  // for the output's reader to take it

}  // namespace

// A child of the process goes the rest of exit()'s way: the streams are libc's alone to walk through, some
// may be locked for good by a thread that waits for input, and the fault may have been in one of them.
void flush_unwritten_output() noexcept {
  const std::int32_t child = os::fork_unnoticed();
  if (child < 0) return;
  if (child > 0) {
    os::wait_or_kill(child, kFlushTimeoutMs);
    return;
  }
  thread_slot.set_activity(Activity::kPrivate);
  std::exit(EXIT_SUCCESS);
}

}  // namespace padlock::runtime
