// membarrier(2).
#include "os/barrier.h"

#include <linux/membarrier.h>

#include "os/clock.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

bool membarrier(int command) noexcept { return system_call(SYS_membarrier, command, 0, 0).ok(); }

}  // namespace

void prepare_process_barrier() noexcept { membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

bool process_barrier() noexcept {
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return true;
  if (is_confined()) return false;
  // A store buffer empties in nanoseconds, and an interrupt empties it too: a tick of the clock is plenty.
  constexpr std::int64_t kTickMs = 20;
  sleep_ms(kTickMs);
  return true;
}

}  // namespace padlock::os
