// Time, from the kernel's monotonic clock.
#include "os/clock.h"

#include <ctime>

#include "os/system_call.h"
#include "os/vdso.h"

namespace padlock::os {

std::int64_t monotonic_ms() noexcept {
  const timespec now = kernel_clock(CLOCK_MONOTONIC);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void sleep_ms(std::int64_t milliseconds) noexcept {
  const timespec duration{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  system_call(SYS_nanosleep, &duration, nullptr);
}

}  // namespace padlock::os
