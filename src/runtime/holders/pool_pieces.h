// Poisoned pieces of live blocks, whose bytes are known where Padlock filled them: finding what was written
// to them. What is poisoned, and what calls may be passed, is not here (runtime/interposed/pools.h).
#pragma once

#include <cstdint>

#include "base/range.h"
#include "core/fault.h"
#include "runtime/threads/fault_list.h"

namespace padlock::runtime {

/// The bytes of the poisoned parts of `range`, which lies in the data of `block`, are as they were filled;
/// otherwise a fault of that moment, once: they are filled again. False, and nothing lost, where the list is
/// full before all is seen. Pages that the program has closed, and whole pages of zeros, as of memory that it
/// gave back, are passed over. The caller is inside (door.h), and nobody poisons or unpoisons the block.
bool verify_pieces(const core::BlockSnapshot& block, AddressRange range, core::Moment moment,
                   FaultList& faults) noexcept;
/// The same for all of the live block whose user pointer that is, if it has such pieces: before it is freed
/// or resized.
void verify_pieces_at(const void* pointer, core::Moment moment, FaultList& faults) noexcept;
/// The same for all blocks, but those that threads below `first_thread` allocated. The world is stopped.
bool verify_all_pieces(core::Moment moment, FaultList& faults, std::uint16_t first_thread) noexcept;

/// Fills what is then poisoned.
void fill_piece(AddressRange range) noexcept;

}  // namespace padlock::runtime
