// The calls that threads make, as a program's would come in: by the quick path and then the long way, or the
// long way alone. Apart from the model, as code under test: a scheduled harness compiles it as it does the
// runtime.
#pragma once

#include <cstddef>

#include "core/config.h"

namespace padlock::fuzz {

/// A call that allocates a block of the family, and one that releases it.
constexpr core::Call allocating_call(core::Origin origin) {
  if (origin == core::Origin::kNew) return core::Call::kNew;
  return origin == core::Origin::kNewArray ? core::Call::kNewArray : core::Call::kMalloc;
}
constexpr core::Call releasing_call(core::Origin origin) {
  if (origin == core::Origin::kNew) return core::Call::kDelete;
  return origin == core::Origin::kNewArray ? core::Call::kDeleteArray : core::Call::kFree;
}

// `quick`: the quick path comes first.
void* allocate_as_malloc(std::size_t size, core::Origin origin, bool quick);
void* reallocate_as_realloc(void* pointer, std::size_t size, bool quick);
void release_as_free(void* pointer, core::Origin origin, bool quick);

}  // namespace padlock::fuzz
