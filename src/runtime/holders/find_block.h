// Which block of the whole process holds an address.
#pragma once

#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

/// A block of any state, small or large; absent if none holds `address`.
core::BlockSnapshot find_block(std::uintptr_t address) noexcept;
/// The same without waiting for a lock: absent also where one is busy.
core::BlockSnapshot try_find_block(std::uintptr_t address) noexcept;

}  // namespace padlock::runtime
