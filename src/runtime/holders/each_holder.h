// Everything that holds checked blocks, one after the other, in the order in which their locks nest.
#pragma once

#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"

namespace padlock::runtime {

/// `visit(holder)` for each arena, for the guarded blocks and for the large ones: an `auto&`, or one overload
/// each. All of them have check(), lock(), trim() and walk().
template <typename Visit>
void for_each_holder(Visit visit) noexcept {
  arena_set.for_each(visit);
  visit(guarded_blocks);
  visit(large_blocks);
}

}  // namespace padlock::runtime
