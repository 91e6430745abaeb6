// Time, from the kernel's monotonic clock.
#include "os/clock.h"

#include <ctime>

#include "os/system_call.h"
#include "os/vdso.h"

namespace padlock::os {

std::int64_t monotonic_ms() noexcept { return monotonic_us() / 1000; }

std::int64_t monotonic_us() noexcept {
  const timespec now = kernel_clock(CLOCK_MONOTONIC);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

void sleep_ms(std::int64_t milliseconds) noexcept { sleep_us(milliseconds * 1000); }

void sleep_us(std::int64_t microseconds) noexcept {
  const timespec duration{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  if (!system_call(SYS_nanosleep, &duration, nullptr).ok()) __builtin_ia32_pause();
}

}  // namespace padlock::os
