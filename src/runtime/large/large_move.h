// Moving the pages of a large block to a larger place, without copying them; or copying those that were used.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/large/large_mapping.h"

namespace padlock::runtime {

/// Moves the pages of `from`'s body to the start of a fresh mapping with a body of `body_size` and `headroom`
/// bytes (whole pages) of guard more behind it, or none where memory is short. `from` stays as it is and
/// holds nothing any more but what a smaller body leaves over: close it. Absent, and nothing changed, if the
/// system or one of the budgets refuses.
LargeMapping move_large(const LargeMapping& from, std::size_t body_size, std::size_t headroom) noexcept;

/// Copies what is not zero: `to` is all zero, and its pages that stay so stay untouched.
void copy_to_zeroed(std::uintptr_t to, std::uintptr_t from, std::size_t size) noexcept;

}  // namespace padlock::runtime
