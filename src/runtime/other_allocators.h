// Memory of other allocators in the process: whose it may be, and passing it on to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/modules.h"

namespace padlock::runtime {

/// The functions that come after Padlock's where symbols are looked up: another allocator's, or else libc's.
struct NextAllocator {
  void (*free)(void*) noexcept = nullptr;
  void* (*realloc)(void*, std::size_t) noexcept = nullptr;
  std::size_t (*usable_size)(void*) noexcept = nullptr;
};
/// At start-up.
void set_next_allocator(const NextAllocator& next) noexcept;

/// Where the options say to pass blocks of other allocators on, and `pointer` may be one: mapped, and neither
/// Padlock's nor a stack's nor a module's. Takes an instant (/proc/self/maps is read). Null where not.
const NextAllocator* passes_on(const void* pointer) noexcept;

/// The allocator that a pointer into `mapping`, which is none of Padlock's, probably came from: "libc.so.6's
/// malloc", "" for none. True where its bookkeeping in front of the pointer, or the place, says so for
/// certain.
bool name_other_allocator(std::uintptr_t pointer, const os::Mapping& mapping, std::span<char> name) noexcept;

}  // namespace padlock::runtime
