// Time, from the kernel's monotonic clock, and waiting for it to pass.
#include "os/clock.h"

#include <atomic>
#include <ctime>

#include "os/confined.h"
#include "os/system_call.h"
#include "os/vdso.h"

namespace padlock::os {

std::int64_t monotonic_ms() noexcept { return monotonic_us() / 1000; }

namespace {

// The kernel's strict mode forbids to read the processor's counter, too. A clock that is a little later each
// time: every wait has an end.
std::int64_t counted_us() noexcept {
  static constinit std::atomic<std::int64_t> now{0};
  return now.fetch_add(50, std::memory_order_relaxed);
}

}  // namespace

std::int64_t monotonic_us() noexcept { return monotonic_ns() / 1000; }

std::int64_t monotonic_ns() noexcept {
  if (is_strict()) return counted_us() * 1000;
  const timespec now = kernel_clock(CLOCK_MONOTONIC);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void sleep_ms(std::int64_t milliseconds) noexcept { sleep_us(milliseconds * 1000); }

void sleep_us(std::int64_t microseconds) noexcept {
  const timespec duration{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  if (!system_call(SYS_nanosleep, &duration, nullptr).ok()) __builtin_ia32_pause();
}

void give_way() noexcept { system_call(SYS_sched_yield); }

}  // namespace padlock::os
