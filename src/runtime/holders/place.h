// Who holds an address. A call asks once, and passes the answer on.
//
//     const Place place = place_of(address_of(pointer));
//     if (place.holder == Holder::kArena) place.arena->deallocate(pointer, request, faults);
#pragma once

#include <cstdint>
#include <optional>

#include "core/fault.h"
#include "runtime/memory/arena.h"

namespace padlock::runtime {

enum class Holder : std::uint8_t {
  kNobody,     // none of Padlock's memory
  kBootstrap,  // the bootstrap heap, whose blocks are not checked
  kArena,
  kGuarded,  // where guarded blocks lie or will
  kLarge,    // where large blocks lie, or did; whether there is one, their table knows
};

struct Place {
  Holder holder = Holder::kNobody;
  Arena* arena = nullptr;  // where it is one's
};

/// By tables alone: takes no lock, and trusts no byte at the address. Async-signal-safe.
Place place_of(std::uintptr_t address) noexcept;

/// A block of any state, small or large; absent if none holds `address`.
core::BlockSnapshot find_block(std::uintptr_t address) noexcept;
/// The same without waiting for a lock: nothing where one is busy, an absent block where none holds
/// `address`.
std::optional<core::BlockSnapshot> try_find_block(std::uintptr_t address) noexcept;
std::optional<core::BlockSnapshot> try_find_block(const Place& place, std::uintptr_t address) noexcept;
/// Whether a block, of any state, holds `address`, which lies at `place`. Waits for a busy lock, unless the
/// thread is inside the allocator and may hold it itself: then yes, so that nothing of Padlock's is given
/// away.
bool holds_block(const Place& place, std::uintptr_t address) noexcept;
/// The block whose user pointer is exactly `pointer`, which lies at `place`; or an absent one.
core::BlockSnapshot block_at(const Place& place, const void* pointer) noexcept;

}  // namespace padlock::runtime
