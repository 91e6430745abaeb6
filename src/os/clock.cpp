// Time, from the kernel's monotonic clock.
#include "os/clock.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <ctime>

#include "os/errno_keeper.h"

namespace padlock::os {

std::int64_t monotonic_ms() noexcept {
  const ErrnoKeeper keeper;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void sleep_ms(std::int64_t milliseconds) noexcept {
  const ErrnoKeeper keeper;
  const timespec duration{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  syscall(SYS_nanosleep, &duration, nullptr);
}

}  // namespace padlock::os
