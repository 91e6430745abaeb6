// Looking up a trapped address.
#include "runtime/process/trap_fault.h"

#include <algorithm>

#include "base/arith.h"
#include "base/units.h"
#include "core/block/pattern.h"
#include "os/memory.h"
#include "os/tables.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"
#include "runtime/holders/values_at_hand.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"
#include "runtime/process/faulting_code.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

core::FaultKind kind_of(PageHit::Zone zone, core::Access access) noexcept {
  switch (zone) {
    case PageHit::Zone::kFrontGuard:
      return core::FaultKind::kHeapBufferUnderflow;
    case PageHit::Zone::kBackGuard:
      return core::FaultKind::kHeapBufferOverflow;
    case PageHit::Zone::kFreed:
      return access == core::Access::kWrite ? core::FaultKind::kUseAfterFreeWrite
                                            : core::FaultKind::kUseAfterFree;
    case PageHit::Zone::kNone:
      break;
  }
  return core::FaultKind::kNone;
}

bool is_guard(SegmentZone zone) noexcept {
  return zone == SegmentZone::kFrontGuard || zone == SegmentZone::kBackGuard;
}

bool is_beyond(const core::BlockSnapshot& block, std::uintptr_t address) noexcept {
  return address >= block.user + block.requested;
}

// An access before or beyond `block`, named for that reason; false where there is none.
bool blame(const core::BlockSnapshot& block, core::Blame why, core::Fault& fault) noexcept {
  if (!block.present()) return false;
  fault.block = block;
  fault.blame = why;
  fault.kind = is_beyond(block, fault.address) ? core::FaultKind::kHeapBufferOverflow
                                               : core::FaultKind::kHeapBufferUnderflow;
  return true;
}

bool blame_operand(const arch::Context& context, core::Fault& fault) noexcept {
  const core::BlockSnapshot block = block_computed_from(context, fault.address);
  const bool outside = is_beyond(block, fault.address) || fault.address < block.user;
  return outside && blame(block, core::Blame::kComputed, fault);
}

// A loop or a copy that runs on beyond a block meets a guard page at its edge.
bool is_at_edge(const PageHit& hit, std::uintptr_t address) noexcept {
  constexpr std::uintptr_t kStep = 64;  // bytes of the longest plain access
  const core::BlockSnapshot& block = hit.block;
  if (hit.zone == PageHit::Zone::kBackGuard) return address - (block.header + block.block_size) < kStep;
  return hit.pages.begin - address <= kStep;
}

// The block whose user pointer is `value`, which lies at `place`; or an absent one.
core::BlockSnapshot block_exactly_at(const Place& place, std::uintptr_t value) noexcept {
  const auto block = look_patiently([&] { return try_find_block(place, value); });
  const bool fits = block && block->user == value && block->state != core::BlockState::kBlank;
  return fits ? *block : core::BlockSnapshot{};
}

// The same in the segment of `address`.
core::BlockSnapshot block_beside(const Place& place, std::uintptr_t value, std::uintptr_t address) noexcept {
  if (value % core::kGranule != 0 || segment_table.owner_of(value) == kNoOwner) return {};
  if (segment_table.begin_of(value) != segment_table.begin_of(address)) return {};
  return block_exactly_at(place, value);
}

// Of the blocks whose address the interrupted code had at hand, those that `find` names, the nearest before
// or behind `address`: of those in registers, otherwise of those on the stack, where older values lie.
template <typename Find>
core::BlockSnapshot block_at_hand(std::uintptr_t address, const arch::Context& context, bool before,
                                  Find find) noexcept {
  const ValuesAtHand values(context);
  core::BlockSnapshot best;
  for (const std::uintptr_t& value : values) {
    if (&value == values.begin() + arch::kRegisters && best.present()) break;
    if ((value < address) != before) continue;
    const bool nearer = before ? value > best.user : value < best.user;
    if (best.present() && !nearer) continue;
    if (const core::BlockSnapshot block = find(value); block.present()) best = block;
  }
  return best;
}

core::BlockSnapshot nearest_block(const Place& place, std::uintptr_t address, bool before) noexcept {
  const auto block = look_patiently([&] {
    return before ? place.arena->try_nearest_before(std::min(address, segment_blocks_end(address) - 1))
                  : place.arena->try_nearest_behind(segment_blocks_begin(address));
  });
  return block.value_or(core::BlockSnapshot{});
}

// A segment's guard pages, and memory that no block has ever come to: no block is there.
void explain_segment(const Place& place, const arch::Context& context, core::Fault& fault) noexcept {
  const std::uintptr_t address = fault.address;
  const SegmentZone zone = segment_zone(address);
  if (!is_guard(zone) || blame_operand(context, fault)) return;
  const bool before = zone == SegmentZone::kBackGuard;
  const core::BlockSnapshot at_hand = block_at_hand(
      address, context, before, [&](std::uintptr_t value) { return block_beside(place, value, address); });
  if (blame(at_hand, core::Blame::kAtHand, fault)) return;
  blame(nearest_block(place, address, before), core::Blame::kNearest, fault);
}

// How far from a large block an access may be to be meant for it, where only its address is at hand.
constexpr std::uintptr_t kLargeSurroundings = 64_KiB;

core::BlockSnapshot large_near(std::uintptr_t value, std::uintptr_t address) noexcept {
  const Place place = place_of(value);
  if (value % core::kGranule != 0 || place.holder != Holder::kLarge) return {};
  const core::BlockSnapshot block = block_exactly_at(place, value);
  const std::uintptr_t from = block.header - kLargeSurroundings;
  return address - from < block.block_size + 2 * kLargeSurroundings ? block : core::BlockSnapshot{};
}

bool blame_large_at_hand(const arch::Context& context, core::Fault& fault) noexcept {
  const auto near = [&](std::uintptr_t value) { return large_near(value, fault.address); };
  for (const bool before : {false, true}) {
    const core::BlockSnapshot block = block_at_hand(fault.address, context, before, near);
    if (blame(block, core::Blame::kAtHand, fault)) return true;
  }
  return false;
}

// Such blocks lie side by side: what jumped far beyond one of them may hit the guard pages of another. Where
// only the address of another is at hand, large ones alone are long enough to be meant.
bool is_meant_for_another(const PageHit& hit, const arch::Context& context, bool large,
                          core::Fault& fault) noexcept {
  if (!hit.is_guard() || is_at_edge(hit, fault.address)) return false;
  if (blame_operand(context, fault)) return fault.block.user != hit.block.user;
  const ValuesAtHand values(context);
  if (!large || std::find(values.begin(), values.end(), hit.block.user) != values.end()) return false;
  return blame_large_at_hand(context, fault);
}

void explain_page_hit(const PageHit& hit, const arch::Context& context, bool large,
                      core::Fault& fault) noexcept {
  if (is_meant_for_another(hit, context, large, fault)) return;
  fault.blame = core::Blame::kProven;
  fault.kind = kind_of(hit.zone, fault.accessed.access);
  fault.block = hit.block;
}

void explain_large(const arch::Context& context, core::Fault& fault) noexcept {
  const PageHit hit =
      look_patiently([&] { return large_blocks.try_explain_trap(fault.address); }).value_or(PageHit{});
  explain_page_hit(hit, context, true, fault);
}

// Closed memory between guarded blocks.
void explain_empty_slot(const arch::Context& context, core::Fault& fault) noexcept {
  if (!guarded_blocks.is_empty_at(fault.address) || blame_operand(context, fault)) return;
  const auto guarded_one = [](std::uintptr_t value) {
    const Place place = place_of(value);
    return place.holder == Holder::kGuarded ? block_exactly_at(place, value) : core::BlockSnapshot{};
  };
  for (const bool before : {true, false}) {
    if (blame(block_at_hand(fault.address, context, before, guarded_one), core::Blame::kAtHand, fault))
      return;
  }
  blame(guarded_blocks.find_nearest(fault.address), core::Blame::kNearest, fault);
}

void explain_guarded(const arch::Context& context, core::Fault& fault) noexcept {
  const PageHit hit = guarded_blocks.explain_trap(fault.address);
  if (hit.zone == PageHit::Zone::kNone) return explain_empty_slot(context, fault);
  explain_page_hit(hit, context, false, fault);
}

// Of the faults that a block shows, the one on the side that was written to.
class OneSide final : public core::FaultSink {
 public:
  explicit OneSide(bool beyond) noexcept : beyond_(beyond) {}
  void on_fault(const core::Fault& fault) override {
    if ((fault.kind == core::FaultKind::kHeapBufferOverflow) == beyond_) fault_ = fault;
  }
  [[nodiscard]] core::Fault fault_of_trap() const noexcept {
    core::Fault fault = fault_;
    if (fault.kind != core::FaultKind::kNone) fault.call = core::Call::kTrap;
    return fault;
  }

 private:
  bool beyond_;
  core::Fault fault_;
};

core::Fault explain_write_to_large(std::uintptr_t address, core::Moment moment) noexcept {
  const auto block = look_patiently([&] { return large_blocks.try_find_block(address); });
  if (!block || !block->present() || address - block->user < block->requested) return {};
  OneSide side(address >= block->user);
  (void)look_patiently([&] { return large_blocks.try_verify(address, moment, side); });
  return side.fault_of_trap();
}

core::Fault fault_at(std::uintptr_t address, core::Access access) noexcept {
  core::Fault fault;
  fault.moment = core::Moment::kAccess;
  fault.call = core::Call::kTrap;
  fault.accessed = {.address = address, .access = access};
  fault.address = address;
  return fault;
}

// A block whose address the interrupted code had at hand, whichever segment it lies in.
core::BlockSnapshot any_block_at_hand(const arch::Context& context) noexcept {
  const ValuesAtHand values(context);
  for (const std::uintptr_t value : values) {
    if (value % core::kGranule != 0) continue;
    const Place place = place_of(value);
    if (place.holder != Holder::kArena) continue;
    if (const core::BlockSnapshot block = block_exactly_at(place, value); block.present()) return block;
  }
  return {};
}

// Padlock's own memory, whose tables are only written where it is not closed or read-only.
bool is_own_memory(std::uintptr_t address) noexcept {
  return os::is_table(address) || segment_table.holds(address);
}

// Padlock's own code would be at fault itself: that is no report of the program's.
void explain_own_memory(const arch::Context& context, core::Fault& fault) noexcept {
  if (settings.own_code.contains(arch::instruction_of(context)) || blame_operand(context, fault)) return;
  fault.kind = core::FaultKind::kMetadataCorruption;
  fault.table = core::Table::kOwn;
  fault.block = any_block_at_hand(context);
  fault.blame = core::Blame::kAtHand;
}

// It, or what it has just called: a function of libc that moves bytes, or whatever a pointer led to.
bool is_of_own_code(const arch::Context& context) noexcept {
  if (!thread_slot.is_inside()) return false;
  if (settings.own_code.contains(arch::instruction_of(context))) return true;
  const auto* const top = reinterpret_cast<const std::byte*>(arch::stack_pointer_of(context));
  return settings.own_code.contains(core::load_word(top));
}

// The stack has come to its end.
bool is_near_stack(std::uintptr_t address, const arch::Context& context) noexcept {
  constexpr std::uintptr_t kNear = 64_KiB;
  return address - arch::stack_pointer_of(context) + kNear < 2 * kNear;
}

// A program can close pages of its blocks, and then it is none of Padlock's tables that led there.
bool may_be_block(std::uintptr_t address) noexcept {
  const Place place = place_of(address);
  switch (place.holder) {
    case Holder::kArena:
      return !is_guard(segment_zone(address));
    case Holder::kLarge: {
      const std::optional<core::BlockSnapshot> block = try_find_block(place, address);
      return !block || block->present();
    }
    case Holder::kGuarded:
      return true;
    case Holder::kNobody:
    case Holder::kBootstrap:
      break;
  }
  return false;
}

}  // namespace

bool may_be_guarded(std::uintptr_t address) noexcept {
  if (is_own_memory(address)) return true;
  const Place place = place_of(address);
  return place.holder == Holder::kLarge || place.holder == Holder::kGuarded ||
         (place.holder == Holder::kArena && is_guard(segment_zone(address)));
}

core::Fault explain_trap(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept {
  core::Fault fault = fault_at(address, access);
  if (is_own_memory(address)) {
    explain_own_memory(context, fault);
  } else if (const Place place = place_of(address); place.holder == Holder::kArena) {
    explain_segment(place, context, fault);
  } else if (place.holder == Holder::kGuarded) {
    explain_guarded(context, fault);
  } else {
    explain_large(context, fault);
  }
  return fault;
}

core::Fault explain_seen_write(std::uintptr_t address, core::Moment moment) noexcept {
  if (place_of(address).holder == Holder::kLarge) return explain_write_to_large(address, moment);
  const GuardedBlock block = guarded_blocks.look_at(address);
  if (!block.live() || !block.data.contains(address)) return {};
  const bool beyond = is_beyond(block.block, address);
  if (!beyond && address >= block.block.user) return {};
  OneSide side(beyond);
  verify_slack(block, moment, side);
  return side.fault_of_trap();
}

core::Fault explain_refused_write(std::uintptr_t address, const arch::Context& context) noexcept {
  core::Fault fault = explain_trap(address, core::Access::kWrite, context);
  if (fault.kind != core::FaultKind::kUseAfterFreeWrite) return {};
  fault.accessed.by_kernel = true;
  return fault;
}

core::Fault explain_stray(std::uintptr_t address, core::Access access,
                          const arch::Context& context) noexcept {
  core::Fault fault = fault_at(address, access);
  if (!blame_operand(context, fault)) blame_large_at_hand(context, fault);
  return fault;
}

core::Fault explain_own_trap(std::uintptr_t address, core::Access access,
                             const arch::Context& context) noexcept {
  core::Fault fault = fault_at(address, access);
  if (!is_of_own_code(context) || is_near_stack(address, context) || may_be_block(address)) return fault;
  fault.kind = core::FaultKind::kMetadataCorruption;
  fault.table = core::Table::kFollowed;
  return fault;
}

bool is_own_look(std::uintptr_t address, const arch::Context& context) noexcept {
  return settings.own_code.contains(arch::instruction_of(context)) && !arch::is_write_fault(context) &&
         place_of(address).holder == Holder::kArena;
}

bool may_be_open_by_now(std::uintptr_t address) noexcept {
  return place_of(address).holder == Holder::kArena && is_in_latest_step(address);
}

}  // namespace padlock::runtime
