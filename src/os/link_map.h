// The loader's list of modules, for code that runs before functions can be called.
#pragma once

#include <link.h>

#include <cstdint>

namespace padlock::os {

/// Visits (bias, path) of each module. Inlined whole: calls nothing. The list must not change in the
/// meantime.
template <typename Visit>
[[gnu::always_inline]] inline void for_each_linked_module(Visit visit) noexcept {
  for (const link_map* module = _r_debug.r_map; module != nullptr; module = module->l_next) {
    visit(std::uintptr_t{module->l_addr}, static_cast<const char*>(module->l_name));
  }
}

}  // namespace padlock::os
