// Time that only goes forward, and letting it pass.
#pragma once

#include <cstdint>

namespace padlock::os {

/// Milliseconds since some fixed moment. Async-signal-safe, keeps errno.
std::int64_t monotonic_ms() noexcept;
/// The same in microseconds.
std::int64_t monotonic_us() noexcept;
/// The same in nanoseconds.
std::int64_t monotonic_ns() noexcept;
/// Sleeps about so long; not a cancellation point. Keeps errno.
void sleep_ms(std::int64_t milliseconds) noexcept;
void sleep_us(std::int64_t microseconds) noexcept;
/// Lets other threads run first, if there are any (sched_yield(2)).
void give_way() noexcept;

}  // namespace padlock::os
