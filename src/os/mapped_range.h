// Where the mapping around an address begins and ends. What it is a mapping of: os/modules.h.
#pragma once

#include <cstdint>

#include "base/range.h"

namespace padlock::os {

/// The bounds of the mapping that holds `address`; an empty range if it is unmapped or /proc cannot be read.
/// Since Linux 6.11 it takes the same time however many mappings there are. No malloc, no lock; keeps errno.
AddressRange mapped_range(std::uintptr_t address) noexcept;

}  // namespace padlock::os
