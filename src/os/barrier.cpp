// membarrier(2) without libc's wrapper, which glibc does not have.
#include "os/barrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/errno_keeper.h"

namespace padlock::os {
namespace {

bool membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0) == 0; }

}  // namespace

void prepare_process_barrier() noexcept {
  const ErrnoKeeper keeper;
  membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void process_barrier() noexcept {
  const ErrnoKeeper keeper;
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return;
  // A store buffer empties in nanoseconds, and an interrupt empties it too: a tick of the clock is plenty.
  constexpr std::int64_t kTickMs = 20;
  sleep_ms(kTickMs);
}

}  // namespace padlock::os
