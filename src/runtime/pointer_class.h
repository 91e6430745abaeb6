// What a pointer that is no block of the heap points at, found out without touching it.
#pragma once

#include <cstddef>
#include <span>

#include "core/fault.h"

namespace padlock::runtime {

/// Refines PointerClass::kUnknown of an invalid free, and names the block it points into where there is one.
/// `module` gets the path of what is mapped there, NUL-terminated, "" if nothing is. Waits for no lock.
void refine_pointer(core::Fault& fault, std::span<char> module) noexcept;

}  // namespace padlock::runtime
