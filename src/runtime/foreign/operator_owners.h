// Which of the loaded modules have operators new or delete of their own, as opposed to those that use the
// process's.
#pragma once

#include <cstdint>

#include "os/loaded_module.h"
#include "runtime/foreign/operator_names.h"

namespace padlock::runtime {

/// Reads the module's tables, and its file for what they do not hold; remembers the answer. Takes no lock.
bool has_own_operators(const os::LoadedModule& module, Half half) noexcept;

/// Whether any module has. Padlock's own is never one.
bool any_has_own_operators(Half half) noexcept;

}  // namespace padlock::runtime
