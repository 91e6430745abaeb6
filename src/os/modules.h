// What is mapped where: from /proc/self/maps, read with no malloc and no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "os/mapping.h"

namespace padlock::os {

/// The mapping that holds `address`; none if it is unmapped.
std::optional<Mapping> find_mapping(std::uintptr_t address) noexcept;

/// The loaded module that holds `address`, as the loader knows it, where /proc cannot be read.
/// Takes no lock. Only the addresses and the path are set.
std::optional<Mapping> loaded_module(std::uintptr_t address) noexcept;

/// A module's GNU build id as lower-case hex, "" if it has none. `load_base` as in Mapping.
void build_id(std::uintptr_t load_base, char (&hex)[41]) noexcept;

}  // namespace padlock::os
