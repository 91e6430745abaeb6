// Allocators on top of malloc: what the program poisons of its own blocks, and what its calls then find.
#pragma once

#include <cstddef>

#include "trace/unwinder.h"

namespace padlock::runtime {

enum class Fill : bool {
  kLeave,  // the contents stay, and may be changed
  kFill,   // they are lost; who changes what is there instead is reported
};

// What padlock_poison() and padlock_unpoison() do; of memory that is no live block's, nothing.
void poison_memory(const void* memory, std::size_t size, Fill fill, const trace::FrameState& from) noexcept;
void unpoison_memory(const void* memory, std::size_t size, const trace::FrameState& from) noexcept;
/// The first byte of [memory, memory + size) that calls may not be passed; null where there is none.
const void* first_poisoned(const void* memory, std::size_t size) noexcept;

}  // namespace padlock::runtime
