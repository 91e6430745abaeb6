// Memory for a new block: from the thread's cache, its arena, or the large blocks. Called inside an Entry.
#pragma once

#include "core/config.h"
#include "runtime/calls/entry.h"

namespace padlock::runtime {

struct FreshMemory {
  void* pointer = nullptr;  // null: there is no memory
  bool zeroed = false;      // it is all zero already
};

FreshMemory take_memory(const Entry& entry, const core::AllocRequest& request) noexcept;

/// A guarded block where one is due for this allocation, otherwise null.
void* take_guarded(const Entry& entry, const core::AllocRequest& request) noexcept;

}  // namespace padlock::runtime
