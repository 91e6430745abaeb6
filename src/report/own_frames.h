// Padlock's own frames in a stack: between a signal handler and what it interrupted, where a callback
// allocates.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/range.h"
#include "report/report.h"

namespace padlock::report {

/// Takes Padlock's frames out; of each run of them only the entry that the program had called stays, by its
/// name alone ("free"), where that is known. So are functions of Padlock's headers that were inlined into the
/// program's. A stack that is nothing but Padlock stays as it is. Pure.
void drop_own_frames(Stack& stack, AddressRange own) noexcept;

/// Whether a demangled name is that of a function in namespace padlock.
bool is_own_function(std::string_view name) noexcept;

}  // namespace padlock::report
