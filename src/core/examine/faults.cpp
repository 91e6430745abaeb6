// From damaged padding to a Fault: which bytes, and how far a write ran on over the blocks behind.
#include <algorithm>

#include "core/block/header_remains.h"
#include "core/block/header_repair.h"
#include "core/block/pattern.h"
#include "core/block/sealed_block.h"
#include "core/examine/examiner.h"
#include "core/examine/idle_content.h"

namespace padlock::core {

// The last padding bytes of a block in the program's hands whose header is lost: whether they are a canary is
// known, but not which one they were. A run that changed them covered the first one at least, and all of them
// if it went on.
Damage Examiner::damage_before_end(BlockView block) const noexcept {
  const std::byte* const last = block.user() + block.capacity() - kMinPadding;
  if (seal_of_canary(load_word(last), state_.keys)) return {};
  const BlockView next = block_after(block);
  const bool runs_on = next.present() && is_overrun(next);
  Damage damage;
  damage.address = address_of(last);
  damage.length = runs_on ? kMinPadding : 1;
  damage.at_least = !runs_on;
  return damage;
}

// Of what has a known value in a block with a lost header: the last padding bytes of a block in the
// program's hands, the poison of any other.
Damage Examiner::damage_behind_lost_header(BlockView block) const noexcept {
  const std::uintptr_t user = address_of(block.user());
  const std::uintptr_t end = user + block.capacity();
  switch (holder_of(block)) {
    case Holder::kProgram:
      return damage_before_end(block);
    case Holder::kNobody:
      return {};
    default:
      // Whether it was listed is not known: the first bytes are links or poison.
      const std::uintptr_t filled_from = user + sizeof(IdleLinks);
      IdleContent idle(block, nullptr, filled_from, state_.keys.poison);
      return measure_damage({filled_from, end}, user, readable_around(block), IdleContent::Bytes(idle));
  }
}

// A block with a lost header that a cache holds may never have been handed out. Then nothing in it has a
// known value, and what looks like damage goes up to its very end.
bool Examiner::may_be_blank(BlockView block, const Damage& damage) const noexcept {
  if (damage.address + damage.length != end_of(block)) return false;
  return state_.has_caches() && holder_of(block) == Holder::kQuarantine &&
         !state_.quarantine.holds(block.header());
}

// Damage that runs up to the header of `block` has gone on over it.
bool Examiner::is_overrun(BlockView block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) == HeaderVerdict::kIntact) return false;
  const HeaderRepair repair = repair_of(block);
  return !repair.found ||
         repair.first <= kFrontRepair;  // otherwise damage of its own: the run ended before it
}

// Whether the sound header of `after` was written before anything could overrun `block`, so that it would
// show it. A younger header may have been written over what a longer run had left there, and one without a
// number (blank, or cut off to align another block) says nothing of its age; those of different threads have
// no order.
bool Examiner::was_there_before(BlockView after, const BlockSnapshot& block) const noexcept {
  const BlockSnapshot other = snapshot(after);
  return other.sealed && other.number != 0 && other.number < block.number &&
         other.alloc_thread == block.alloc_thread;
}

// How far a run of damage has gone into the header of `after`.
Examiner::HeaderOverrun Examiner::overrun_into(BlockView after) const noexcept {
  const BlockHeader* const header = after.header();
  const HeaderRepair repair = repair_of(after);
  // What can be repaired from its first bytes on ends before the canary.
  if (repair.found) return {.covered = repair.last + 1, .proven = true};
  const bool live = holder_of(after) == Holder::kProgram;
  const HeaderRemains remains = remains_of(header, after.granules, state_.last_number, live, state_.keys);
  const std::size_t least = least_overrun(header, state_.keys);
  const bool goes_on = least == kHeaderSize;
  if (remains.may_be_run(header, 0, least)) return {.covered = least, .goes_on = goes_on};
  // A single byte would be proven.
  const std::size_t changed = std::max<std::size_t>(remains.count_changed(), 2);
  return {.covered = kHeaderSize, .changed = changed, .goes_on = goes_on};
}

namespace {

// `more` bytes up to `end` belong to the damage too; `changed` of them for certain, where that is not all.
void extend(Damage& damage, std::uintptr_t end, std::uint64_t more, std::uint64_t changed) noexcept {
  if (damage.changed != 0 || changed != 0) damage.changed = damage.least() + (changed != 0 ? changed : more);
  damage.length = end - damage.address;
}

}  // namespace

// Damage that runs up to the end of `block` may go on: over the headers behind it, or over memory that was
// not in use then, where nothing shows how far.
void Examiner::follow_run(BlockView block, Fault& fault) const noexcept {
  Damage& damage = fault.damage;
  while (runs_to(damage, end_of(block))) {
    const BlockView after = block_after(block);
    if (!after.present()) {
      damage.at_least = true;
      return;
    }
    if (!is_overrun(after)) {
      damage.at_least |= !was_there_before(after, fault.block);
      return;
    }
    if (!fault.neighbour.present()) fault.neighbour = snapshot(after);
    const HeaderOverrun overrun = overrun_into(after);
    extend(damage, address_of(after.header()) + overrun.covered, overrun.covered, overrun.changed);
    damage.at_least = !overrun.proven;
    if (!overrun.goes_on) return;
    const Damage tail = damage_behind_lost_header(after);
    if (!tail.present()) return;
    if (may_be_blank(after, tail)) {
      const BlockView next = block_after(after);
      if (!next.present() || !is_overrun(next)) return;
    } else {
      damage.at_least = tail.at_least;
    }
    // Of the bytes before it nothing is known.
    extend(damage, tail.address + tail.length, 1, damage.changed != 0 ? 1 : 0);
    block = after;
  }
}

Fault Examiner::damaged_padding(BlockView block, Moment moment) const noexcept {
  Fault fault = padding_fault(snapshot(block), block.capacity(), readable_around(block),
                              canary_behind(block.header(), state_.keys), moment);
  follow_run(block, fault);
  if (!fault.neighbour.present()) return fault;
  if (runs_from(fault.damage, fault.block.user + fault.block.requested)) return fault;
  // Damage that starts behind intact padding and covers the whole header behind came from above, going down.
  const BlockView after = block_after(block);
  if (least_overrun(after.header(), state_.keys) != kHeaderSize) return fault;
  Fault underflow = header_hit_by_own_block(after, moment);
  extend_underflow(block, underflow);
  return underflow;
}

}  // namespace padlock::core
