// Taking a block back, inside an Entry.
#pragma once

#include "core/config.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/place.h"

namespace padlock::runtime {

/// `pointer` lies at `place`. Whatever is not the start of a live block is a fault.
void give_back_memory(const Entry& entry, const Place& place, void* pointer,
                      const core::FreeRequest& request) noexcept;

}  // namespace padlock::runtime
