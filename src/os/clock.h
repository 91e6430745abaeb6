// Time that only goes forward.
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

}  // namespace padlock::os
