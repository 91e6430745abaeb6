// Looking up a trapped address.
#include "runtime/process/trap_fault.h"

#include <algorithm>
#include <initializer_list>

#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"
#include "runtime/holders/values_at_hand.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"

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

// How little speaks for a block whose address is at hand, in three steps: it is the base that the access went
// out from, give or take some bytes; it is in a register; it is on the stack, where older values lie.
constexpr std::uintptr_t kMember = 256;  // bytes
constexpr std::uintptr_t kInRegister = kMember + 1;
constexpr std::uintptr_t kOnStack = kInRegister + 1;
constexpr std::uintptr_t kNotAtHand = kOnStack + 1;

// By how many bytes `base` and another register, scaled as an instruction can, miss `address`.
std::uintptr_t misses_by(std::uintptr_t base, std::uintptr_t address, const ValuesAtHand& values) noexcept {
  std::uintptr_t least = UINTPTR_MAX;
  for (std::size_t i = 0; i < arch::kRegisters; ++i) {
    for (const unsigned scale : {1U, 2U, 4U, 8U}) {
      const std::uintptr_t reached = base + values.begin()[i] * scale;
      least = std::min({least, address - reached, reached - address});
    }
  }
  return least;
}

std::uintptr_t doubt_about(const std::uintptr_t& value, std::uintptr_t address,
                           const ValuesAtHand& values) noexcept {
  if (&value >= values.begin() + arch::kRegisters) return kOnStack;
  return std::min(misses_by(value, address, values), kInRegister);
}

// The block whose user pointer is `value`, in the segment of `address`; or an absent one.
core::BlockSnapshot block_beside(const Place& place, std::uintptr_t value, std::uintptr_t address) noexcept {
  if (value % core::kGranule != 0 || segment_table.owner_of(value) == kNoOwner) return {};
  if (segment_table.begin_of(value) != segment_table.begin_of(address)) return {};
  const auto block = look_patiently([&] { return place.arena->try_find_block(value); });
  const bool fits = block && block->user == value && block->state != core::BlockState::kBlank;
  return fits ? *block : core::BlockSnapshot{};
}

// Of the blocks `before` or behind `address` whose address the interrupted code had at hand, the likeliest,
// and of several the nearest.
core::BlockSnapshot block_at_hand(const Place& place, std::uintptr_t address, const ValuesAtHand& values,
                                  bool before) noexcept {
  core::BlockSnapshot best;
  std::uintptr_t least = kNotAtHand;
  for (const std::uintptr_t& value : values) {
    if ((value < address) != before) continue;
    const core::BlockSnapshot block = block_beside(place, value, address);
    if (!block.present()) continue;
    const std::uintptr_t doubt = doubt_about(value, address, values);
    const bool nearer = before ? value > best.user : value < best.user;
    if (doubt < least || (doubt == least && nearer)) {
      best = block;
      least = doubt;
    }
  }
  return best;
}

// A segment's guard pages, and memory that no block has ever come to: no block is there.
void explain_segment(const Place& place, std::uintptr_t address, const arch::Context& context,
                     core::Fault& fault) noexcept {
  const SegmentZone zone = segment_zone(address);
  if (!is_guard(zone)) return;
  const bool before = zone == SegmentZone::kBackGuard;
  fault.block = block_at_hand(place, address, ValuesAtHand(context), before);
  fault.blame = core::Blame::kAtHand;
  if (!fault.block.present()) {
    const auto block = look_patiently([&] {
      return before ? place.arena->try_nearest_before(std::min(address, segment_blocks_end(address) - 1))
                    : place.arena->try_nearest_behind(segment_blocks_begin(address));
    });
    fault.block = block.value_or(core::BlockSnapshot{});
    fault.blame = core::Blame::kNearest;
  }
  if (!fault.block.present()) return;
  fault.kind = before ? core::FaultKind::kHeapBufferOverflow : core::FaultKind::kHeapBufferUnderflow;
}

}  // namespace

bool may_be_guarded(std::uintptr_t address) noexcept {
  const Place place = place_of(address);
  return place.holder == Holder::kLarge ||
         (place.holder == Holder::kArena && is_guard(segment_zone(address)));
}

core::Fault explain_trap(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept {
  core::Fault fault;
  fault.moment = core::Moment::kAccess;
  fault.call = core::Call::kTrap;
  fault.accessed = {.address = address, .access = access};
  fault.address = address;
  if (const Place place = place_of(address); place.holder == Holder::kArena) {
    explain_segment(place, address, context, fault);
  } else {
    explain_large(address, fault);
  }
  return fault;
}

bool is_own_look(std::uintptr_t address, const arch::Context& context) noexcept {
  return settings.own_code.contains(arch::instruction_of(context)) && !arch::is_write_fault(context) &&
         place_of(address).holder == Holder::kArena;
}

}  // namespace padlock::runtime
