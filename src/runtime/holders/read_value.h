// Values that the program used and that Padlock had put into memory: which block's memory it was, and so
// which misuse. Who used it, and how, is known elsewhere: the call (calls/), the instruction
// (process/value_trap.h).
#pragma once

#include <cstdint>

#include "core/block/poison.h"
#include "core/fault.h"

namespace padlock::runtime {

/// Start-up. `poison`: that of all the process's heaps.
void set_up_read_values(const core::Poison& poison) noexcept;

/// Whether `value` is, give or take 64 KiB, what Padlock put into a block's memory, or one of its links in an
/// idle block: a fault of kind kUseAfterFree where the block has been freed, of kind kUninitialized where it
/// is live, with the block as far as it is known. Otherwise of kind kNone. Waits a second for a lock, at
/// most, and not where the thread is inside the allocator.
core::Fault explain_value(std::uint64_t value, core::ReadValue::Use use) noexcept;

/// Whether `index`, extended from 32 bits by zeros or by its sign, is one half of what Padlock put into a
/// block's memory: an int that was read there. A fault as above, and a hint only: of all numbers, some are
/// that. Without a block where it may have been several.
core::Fault explain_half(std::uint64_t index) noexcept;

}  // namespace padlock::runtime
