// Which function a recorded stack of a free called: a header has no room for that, the caller's code shows
// it.
#pragma once

#include <cstdint>

#include "core/call.h"

namespace padlock::runtime {

/// kRealloc or kReallocarray where the call that returns to `return_address` is one of these; kNone for every
/// other one, and where the code does not show which it is (a call by a pointer, a module that is gone, a
/// static executable). Takes no lock.
core::Call freeing_call(std::uintptr_t return_address) noexcept;

/// Whether that call certainly is one that only releases memory: the stack is not of an allocation. Otherwise
/// as freeing_call().
bool only_releases(std::uintptr_t return_address) noexcept;

}  // namespace padlock::runtime
