// Which module an address belongs to, in words that outlive the module.
#pragma once

#include <cstdint>

#include "base/range.h"

namespace padlock::os {

struct ModuleIdentity {
  AddressRange range;
  std::uintptr_t bias = 0;  // an address in memory minus that in the file
  char path[256] = {};      // "" where nothing says it; the tail of a longer one
  char build_id[41] = {};   // lower-case hex, "" if it has none
};

/// The module that holds `address`; false if none does. Nothing but the module itself and what the loader
/// knows of it is read, so it must stay loaded in the meantime. Takes no lock; async-signal-safe.
bool identify_module(std::uintptr_t address, ModuleIdentity& module) noexcept;

/// Both were loaded at the same place, from the same file as far as they say.
bool same_module(const ModuleIdentity& one, const ModuleIdentity& other) noexcept;

/// Whether the module is still where it was. May be asked while another thread unloads it. Takes no lock.
bool is_still_loaded(const ModuleIdentity& module) noexcept;

}  // namespace padlock::os
