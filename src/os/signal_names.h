// Names of signals.
#pragma once

#include <cstdint>
#include <string_view>

namespace padlock::os {

/// "SIGSEGV"; empty for a signal that ends no process that Padlock stands before. Thread-safe,
/// async-signal-safe.
std::string_view signal_name(std::int32_t signal) noexcept;

}  // namespace padlock::os
