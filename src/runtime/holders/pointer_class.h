// What a pointer that is no block of the heap points at, found out without touching it.
#pragma once

#include <optional>

#include "core/fault.h"
#include "os/modules.h"

namespace padlock::runtime {

/// Refines PointerClass::kUnknown of an invalid free, and names the block it points into where there is one:
/// by Padlock's and the loader's tables and a system call. Waits for no lock.
void classify_pointer(core::Fault& fault) noexcept;

/// What is mapped where an invalid free points, of a module its beginning; none where nothing is known or it
/// does not matter. Reads /proc.
std::optional<os::Mapping> find_pointer_mapping(const core::Fault& fault) noexcept;

}  // namespace padlock::runtime
