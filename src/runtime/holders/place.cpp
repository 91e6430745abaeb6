// Asking the segment table, then the holder.
#include "runtime/holders/place.h"

#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/segment_table.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

// What was given back of their region stays marked; the kernel may have put a large block there since.
bool is_in_guarded(std::uintptr_t address) noexcept {
  return guarded_blocks.has_slot_at(address) || !large_blocks.may_hold(address);
}

}  // namespace

Place place_of(std::uintptr_t address) noexcept {
  const SegmentOwner owner = segment_table.owner_of(address);
  if (owner == kBootstrapOwner) return {Holder::kBootstrap};
  if (owner == kGuardedOwner && is_in_guarded(address)) return {Holder::kGuarded};
  if (owner != kNoOwner && owner != kGuardedOwner) return {Holder::kArena, arena_set.of_owner(owner)};
  return {large_blocks.may_hold(address) ? Holder::kLarge : Holder::kNobody};
}

core::BlockSnapshot find_block(std::uintptr_t address) noexcept {
  const Asking asking;
  const Place place = place_of(address);
  switch (place.holder) {
    case Holder::kArena:
      return place.arena->find_block(address);
    case Holder::kGuarded:
      return guarded_blocks.find_block(address);
    case Holder::kLarge:
      return large_blocks.find_block(address);
    case Holder::kBootstrap:
    case Holder::kNobody:
      break;
  }
  return {};
}

std::optional<core::BlockSnapshot> try_find_block(const Place& place, std::uintptr_t address) noexcept {
  const Asking asking;
  switch (place.holder) {
    case Holder::kArena:
      return place.arena->try_find_block(address);
    case Holder::kGuarded:
      return guarded_blocks.find_block(address);
    case Holder::kLarge:
      return large_blocks.try_find_block(address);
    case Holder::kBootstrap:
    case Holder::kNobody:
      break;
  }
  return core::BlockSnapshot{};
}

std::optional<core::BlockSnapshot> try_find_block(std::uintptr_t address) noexcept {
  return try_find_block(place_of(address), address);
}

bool holds_block(const Place& place, std::uintptr_t address) noexcept {
  if (const auto block = try_find_block(place, address)) return block->present();
  return !thread_slot.is_idle() || find_block(address).present();
}

core::BlockSnapshot block_at(const Place& place, const void* pointer) noexcept {
  if (place.holder == Holder::kLarge) return large_blocks.find_exact(pointer);
  if (place.holder == Holder::kGuarded) return guarded_blocks.find_exact(pointer);
  if (place.holder != Holder::kArena) return {};
  const core::BlockSnapshot block = place.arena->find_block(address_of(pointer));
  return block.user == address_of(pointer) ? block : core::BlockSnapshot{};
}

}  // namespace padlock::runtime
