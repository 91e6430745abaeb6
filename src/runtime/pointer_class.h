// What a pointer that is no block of the heap points at, found out without touching it.
#pragma once

#include <cstddef>
#include <span>

#include "core/fault.h"

namespace padlock::runtime {

/// Refines PointerClass::kUnknown of an invalid free, and names the block it points into where there is one:
/// by Padlock's and the loader's tables and a system call. Waits for no lock.
void classify_pointer(core::Fault& fault) noexcept;

/// `module` gets the path of what is mapped where an invalid free points, NUL-terminated, "" if nothing is
/// known. Reads /proc.
void name_pointer_module(const core::Fault& fault, std::span<char> module) noexcept;

}  // namespace padlock::runtime
