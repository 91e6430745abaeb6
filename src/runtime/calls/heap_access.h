// One way to all blocks: by the address, to the arena or to the large blocks that hold it. Called inside an
// Entry.
#pragma once

#include <cstddef>

#include "core/config.h"
#include "core/fault.h"
#include "runtime/calls/entry.h"

namespace padlock::runtime {

/// Fresh memory from the entry's arena or, for a large size or alignment, from the large blocks. `zeroed`
/// tells whether it is all zero already. Null without memory.
struct FreshMemory {
  void* pointer = nullptr;
  bool zeroed = false;
};
FreshMemory take_memory(const Entry& entry, const core::AllocRequest& request) noexcept;

/// Whatever is not the start of a live block is a fault.
void give_back_memory(const Entry& entry, void* pointer, const core::FreeRequest& request) noexcept;

/// Resized in place or moved. Null: refused (a fault), or out of memory; `refused` tells.
void* resize_memory(const Entry& entry, void* pointer, const core::AllocRequest& request,
                    bool& refused) noexcept;

std::size_t size_of_memory(const Entry& entry, const void* pointer) noexcept;

/// The block whose user pointer is exactly `pointer`, or an absent one.
core::BlockSnapshot block_at(const void* pointer) noexcept;

}  // namespace padlock::runtime
