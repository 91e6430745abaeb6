// What a call of the malloc family asks for.
#pragma once

#include <cstddef>
#include <optional>

#include "core/fault.h"

namespace padlock::runtime {

struct AllocateCall {
  std::size_t size = 0;
  std::size_t alignment = 0;  // explicit, a power of two; 0: none
  core::Origin origin = core::Origin::kMalloc;
};

struct ReleaseCall {
  core::Origin origin = core::Origin::kMalloc;
  std::optional<std::size_t> size;  // as the call gave it
  std::optional<std::size_t> alignment;
  core::Moment moment = core::Moment::kFree;
};

}  // namespace padlock::runtime
