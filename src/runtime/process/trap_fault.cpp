// Looking up a trapped address.
#include "runtime/process/trap_fault.h"

#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/segment.h"

namespace padlock::runtime {
namespace {

core::FaultKind kind_of(LargeHit::Zone zone, core::Access access) noexcept {
  switch (zone) {
    case LargeHit::Zone::kFrontGuard:
      return core::FaultKind::kHeapBufferUnderflow;
    case LargeHit::Zone::kBackGuard:
      return core::FaultKind::kHeapBufferOverflow;
    case LargeHit::Zone::kFreed:
      return access == core::Access::kWrite ? core::FaultKind::kUseAfterFreeWrite
                                            : core::FaultKind::kUseAfterFree;
    case LargeHit::Zone::kNone:
      break;
  }
  return core::FaultKind::kNone;
}

void explain_large(std::uintptr_t address, core::Fault& fault) noexcept {
  const LargeHit hit =
      look_patiently([&] { return large_blocks.try_explain_trap(address); }).value_or(LargeHit{});
  fault.kind = kind_of(hit.zone, fault.accessed.access);
  fault.block = hit.block;
}

bool is_guard(SegmentZone zone) noexcept {
  return zone == SegmentZone::kFrontGuard || zone == SegmentZone::kBackGuard;
}

// A guard page of a segment: the block beside it is named where it is in use.
void explain_segment(Arena& arena, std::uintptr_t address, core::Fault& fault) noexcept {
  const SegmentZone zone = segment_zone(address);
  if (!is_guard(zone)) return;
  const bool front = zone == SegmentZone::kFrontGuard;
  const std::uintptr_t beside = front ? segment_blocks_begin(address) : segment_blocks_end(address) - 1;
  const auto block = look_patiently([&] { return arena.try_find_block(beside); });
  if (!block || !block->present()) return;
  fault.block = *block;
  fault.kind = front ? core::FaultKind::kHeapBufferUnderflow : core::FaultKind::kHeapBufferOverflow;
}

}  // namespace

bool may_be_guarded(std::uintptr_t address) noexcept {
  const Place place = place_of(address);
  return place.holder == Holder::kLarge ||
         (place.holder == Holder::kArena && is_guard(segment_zone(address)));
}

core::Fault explain_trap(std::uintptr_t address, core::Access access) noexcept {
  core::Fault fault;
  fault.moment = core::Moment::kAccess;
  fault.call = core::Call::kTrap;
  fault.accessed = {.address = address, .access = access};
  fault.address = address;
  if (const Place place = place_of(address); place.holder == Holder::kArena) {
    explain_segment(*place.arena, address, fault);
  } else {
    explain_large(address, fault);
  }
  return fault;
}

}  // namespace padlock::runtime
