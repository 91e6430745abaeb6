// What a program may ask of dlopen(3) and dlmopen(3), as far as Padlock has to know of it.
#pragma once

#include <dlfcn.h>

#include <cstdint>

namespace padlock::os {

inline constexpr std::uintptr_t kDeepBind = RTLD_DEEPBIND;  // of dlopen's mode

/// Whether a namespace that dlmopen is asked for is the program's own.
constexpr bool is_base_namespace(std::uintptr_t asked) noexcept {
  return static_cast<Lmid_t>(asked) == LM_ID_BASE;
}

}  // namespace padlock::os
