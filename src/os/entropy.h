// Random bits from the kernel.
#pragma once

#include <cstdint>

namespace padlock::os {

/// getrandom(2); where that fails, AT_RANDOM bytes mixed with addresses and the clock. Never blocks long.
std::uint64_t entropy() noexcept;

}  // namespace padlock::os
