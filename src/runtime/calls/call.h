// What a call of the malloc family asks for.
#pragma once

#include <cstddef>
#include <optional>

#include "core/fault.h"

namespace padlock::runtime {

constexpr bool is_resize(core::Call call) noexcept {
  return call == core::Call::kRealloc || call == core::Call::kReallocarray;
}

struct AllocateCall {
  std::size_t size = 0;
  std::size_t alignment = 0;  // explicit, a power of two; 0: none
  core::Call call = core::Call::kMalloc;

  [[nodiscard]] core::Origin origin() const noexcept { return core::origin_of(call); }
};

struct ReleaseCall {
  core::Call call = core::Call::kFree;
  std::optional<std::size_t> size;  // as the call gave it
  std::optional<std::size_t> alignment;

  [[nodiscard]] core::Origin origin() const noexcept { return core::origin_of(call); }
};

}  // namespace padlock::runtime
