// A live block with its sealed header and locked padding, for every owner: the heap, a cache or the list of
// large blocks. How it is locked and verified, whether a call may free it, and the faults that follow from
// the block alone. What neighbours and the owner's lists have to do with a fault is the owner's to find out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/block/damage.h"
#include "core/block/header.h"
#include "core/block/header_remains.h"
#include "core/block/header_repair.h"
#include "core/block/pattern.h"
#include "core/config.h"
#include "core/fault.h"

namespace padlock::core {

/// The canary of a live block with a sound header.
inline std::uint64_t canary_behind(const BlockHeader* header, const Keys& keys) noexcept {
  return canary_in(load_header(header), keys);
}

/// Locks the padding of a block with a sound header: what is behind `requested` of its `capacity` bytes.
inline void lock_padding(BlockHeader* header, std::size_t requested, std::size_t capacity,
                         const Keys& keys) noexcept {
  fill_canary(header->user(), requested, capacity, canary_behind(header, keys));
}

/// The padding of a block that grows becomes data: like all that is fresh, whole granules of it are poison.
inline void poison_padding(BlockHeader* header, std::size_t requested, std::size_t capacity,
                           const Poison& poison) noexcept {
  fill_poison(header->user() + align_up(requested, kGranule), header->user() + capacity, poison);
}

inline bool padding_holds(const BlockHeader* header, std::size_t requested, std::size_t capacity,
                          const Keys& keys) noexcept {
  return canary_intact(header->user(), requested, capacity, canary_behind(header, keys));
}

/// Writes the header of a block that is handed out or resized, and locks its padding.
inline void seal_block(BlockHeader* header, const BlockFields& fields, std::size_t capacity,
                       const Keys& keys) noexcept {
  write_header(header, fields, keys);
  lock_padding(header, fields.requested, capacity, keys);
}

/// Of the padding that begins behind `requested` bytes of the block at `user`. `readable`: what the damage's
/// window may show.
Damage padding_damage(std::uintptr_t user, std::size_t requested, std::size_t capacity, AddressRange readable,
                      std::uint64_t canary) noexcept;

Fault fault_of(FaultKind kind, Moment moment, const BlockSnapshot& block) noexcept;

/// The block was freed before: a double free or, for any other call, a use after free.
Fault not_live_fault(const BlockSnapshot& block, const FreeRequest& request) noexcept;

/// A call may not free the block as it does; `kind` is what mismatch() found.
Fault mismatch_fault(FaultKind kind, const BlockSnapshot& block, const FreeRequest& request) noexcept;

/// The padding of a block does not hold.
Fault padding_fault(const BlockSnapshot& block, std::size_t capacity, AddressRange readable,
                    std::uint64_t canary, Moment moment) noexcept;

/// The header of a block does not hold; `was` is what it said.
Fault header_fault(const BlockSnapshot& block, const HeaderRepair& was, AddressRange readable,
                   Moment moment) noexcept;

/// The header of a block does not hold, and what it said cannot be proven.
Fault lost_header_fault(const BlockSnapshot& block, const HeaderRemains& remains, AddressRange readable,
                        Moment moment) noexcept;

}  // namespace padlock::core
