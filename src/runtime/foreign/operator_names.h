// The names of the replaceable operators new and delete, as the Itanium C++ ABI mangles them.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace padlock::runtime {

enum class Half { kNew, kDelete };

inline constexpr std::array<std::string_view, 8> kNewNames = {
    "_Znwm",
    "_Znam",
    "_ZnwmRKSt9nothrow_t",
    "_ZnamRKSt9nothrow_t",
    "_ZnwmSt11align_val_t",
    "_ZnamSt11align_val_t",
    "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
};
inline constexpr std::array<std::string_view, 12> kDeleteNames = {
    "_ZdlPv",
    "_ZdaPv",
    "_ZdlPvm",
    "_ZdaPvm",
    "_ZdlPvRKSt9nothrow_t",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_t",
    "_ZdaPvSt11align_val_t",
    "_ZdlPvmSt11align_val_t",
    "_ZdaPvmSt11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
};

inline bool is_operator(std::string_view name, Half half) noexcept {
  if (!name.starts_with("_Z")) return false;  // nearly all
  const auto among = [name](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return half == Half::kNew ? among(kNewNames) : among(kDeleteNames);
}

}  // namespace padlock::runtime
