// What is mapped where: from /proc/self/maps, read with no malloc and no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/mapping.h"

namespace padlock::os {

/// Finds the mapping that holds `address`; false if it is unmapped.
bool find_mapping(std::uintptr_t address, Mapping& mapping) noexcept;

/// The loaded module that holds `address`, as the loader knows it, where /proc cannot be read; its
/// `load_base` is 0 if there is none. Takes no lock. Only the addresses and the path are set.
Mapping loaded_module(std::uintptr_t address) noexcept;

/// A module's GNU build id as lower-case hex, "" if it has none. `load_base` as in Mapping.
void build_id(std::uintptr_t load_base, char (&hex)[41]) noexcept;

}  // namespace padlock::os
