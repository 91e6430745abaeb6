// The world at rest while a heap looks into what is wrong with a block: it looks at the blocks around it,
// too.
#pragma once

#include <optional>

#include "core/block/mismatch.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {

/// Stops the world over a scope if freeing `pointer`, which lies in an arena, will find a fault.
class StillWorld {
 public:
  StillWorld(const Entry& entry, const void* pointer, const core::FreeRequest& request) noexcept {
    core::BlockFields fields;
    const bool sound =
        is_sound(entry, pointer, fields) && core::mismatch(fields, request) == core::FaultKind::kNone;
    if (!sound) stopped_.emplace();
  }

 private:
  std::optional<StoppedWorld> stopped_;
};

}  // namespace padlock::runtime
