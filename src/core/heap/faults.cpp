// From something broken to a Fault: which block, which bytes, and who probably did it. Runs only when a
// check has failed, trusts no header that does not verify, and reads only inside the region.
#include <algorithm>

#include "core/block/header_repair.h"
#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/heap/heap.h"

namespace padlock::core {

Fault Heap::fault_at(FaultKind kind, Moment moment, const Block& block) const noexcept {
  Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.block = snapshot(block);
  return fault;
}

Fault Heap::not_live(std::uintptr_t address, const BlockSnapshot& block,
                     const FreeRequest& request) const noexcept {
  Fault fault;
  fault.kind = request.moment == Moment::kFree ? FaultKind::kDoubleFree : FaultKind::kUseAfterFree;
  fault.moment = request.moment;
  fault.given_origin = request.origin;
  fault.address = address;
  fault.block = block;
  return fault;
}

Fault Heap::bad_pointer(std::uintptr_t address, const FreeRequest& request) const noexcept {
  Fault fault;
  fault.kind = FaultKind::kInvalidFree;
  fault.moment = request.moment;
  fault.given_origin = request.origin;
  fault.address = address;
  fault.pointer_class = PointerClass::kUnknown;
  Region* region = regions_.find(address);
  if (region == nullptr) return fault;

  const std::uint32_t granule = region->granule_of(address);
  const std::uint32_t start = region->start_of(granule);
  BlockFields fields;
  if (start == Bitmap::kNone ||
      (read_header(region->header_at(start), keys_, fields) == HeaderVerdict::kIntact &&
       fields.state == BlockState::kBlank)) {
    fault.pointer_class = PointerClass::kHeapUnused;
    return fault;
  }
  if (address % kGranule == 0 && granule >= kHeaderGranules &&
      region->ghosts.test(granule - kHeaderGranules)) {
    const BlockHeader* ghost = region->header_at(granule - kHeaderGranules);
    if (read_header(ghost, keys_, fields) == HeaderVerdict::kIntact) {
      fields.state = BlockState::kFree;
      return not_live(address, snapshot_of(ghost, fields.granules, fields), request);
    }
  }
  fault.pointer_class = PointerClass::kInterior;
  fault.block = snapshot(block_at(*region, start));
  return fault;
}

ByteRange Heap::readable_around(const Block& block) const noexcept {
  const std::uint32_t end = std::min(block.end() + kHeaderGranules, block.region->granules());
  return {address_of(block.header()), address_of(block.region->bytes_at(end))};
}

std::uintptr_t Heap::end_of(const Block& block) noexcept {
  return address_of(block.region->bytes_at(block.end()));
}

/// Of the padding of a live block that requested `requested` bytes.
Damage Heap::padding_damage(const Block& block, std::uint64_t requested) const noexcept {
  const std::uintptr_t user = address_of(block.user());
  const ByteRange padding{user + requested, user + block.capacity()};
  const std::uint64_t canary = canary_of(user, keys_);
  return measure_damage(padding, user, readable_around(block), [&](std::uintptr_t address) -> ExpectedByte {
    if (address < padding.begin || address >= padding.end) return {};
    return {true, pattern_byte(canary, address)};
  });
}

/// Of what has a known value in a block with a lost header: the last padding bytes of a block in the
/// program's hands, the poison of any other.
Damage Heap::damage_behind_lost_header(const Block& block) const noexcept {
  const std::uintptr_t user = address_of(block.user());
  const std::uintptr_t end = user + block.capacity();
  switch (holder_of(block)) {
    case Holder::kProgram:
      return padding_damage(block, block.capacity() - kMinPadding);
    case Holder::kNobody:
      return {};
    default:
      IdleBytes idle({user + sizeof(IdleLinks), end}, keys_.poison);
      return measure_damage({user + sizeof(IdleLinks), end}, user, readable_around(block),
                            [&](std::uintptr_t address) {
                              return expected_idle_byte(block, IdleLinks{}, false, idle, address);
                            });
  }
}

/// A block with a lost header that a cache holds may never have been handed out. Then nothing in it has a
/// known value, and what looks like damage goes up to its very end.
bool Heap::may_be_blank(const Block& block, const Damage& damage) const noexcept {
  if (damage.address + damage.length != end_of(block)) return false;
  return config_.is_cached != nullptr && holder_of(block) == Holder::kQuarantine &&
         !quarantine_.holds(block.header());
}

/// Damage that runs up to the header of `block` has gone on over it.
bool Heap::is_overrun(const Block& block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) == HeaderVerdict::kIntact) return false;
  const HeaderRepair repair = repair_of(block);
  return !repair.found || repair.first <= kFrontRepair;  // else damage of its own: the run ended before it
}

/// Damage that runs up to the end of `block` may go on: over the headers behind it, or over memory that was
/// never allocated, where nothing tells how far.
void Heap::follow_run(Block block, Fault& fault) const noexcept {
  Damage& damage = fault.damage;
  while (runs_to(damage, end_of(block))) {
    const Block after = block_after(block);
    if (!after.present()) {
      damage.at_least = true;
      return;
    }
    if (!is_overrun(after)) return;
    if (!fault.neighbour.present()) fault.neighbour = snapshot(after);
    const HeaderRepair repair = repair_of(after);
    const std::size_t covered = repair.found ? repair.last + 1 : least_overrun(after.header(), keys_);
    damage.length = address_of(after.header()) + covered - damage.address;
    damage.at_least = !repair.found;
    if (covered != kHeaderSize) return;
    const Damage tail = damage_behind_lost_header(after);
    if (!tail.present()) return;
    if (may_be_blank(after, tail)) {
      const Block next = block_after(after);
      if (!next.present() || !is_overrun(next)) return;
    } else {
      damage.at_least = false;
    }
    damage.length = tail.address + tail.length - damage.address;
    block = after;
  }
}

/// The header of `block` verifies, its padding does not.
Fault Heap::damaged_padding(const Block& block, Moment moment) const noexcept {
  Fault fault = fault_at(FaultKind::kHeapBufferOverflow, moment, block);
  fault.damage = padding_damage(block, fault.block.requested);
  follow_run(block, fault);
  if (!fault.neighbour.present()) return fault;
  if (runs_from(fault.damage, fault.block.user + fault.block.requested)) return fault;
  // Damage that starts behind intact padding and covers the whole header behind came from above, going down.
  const Block after = block_after(block);
  if (least_overrun(after.header(), keys_) != kHeaderSize) return fault;
  Fault underflow = header_hit_by_own_block(after, moment);
  extend_underflow(block, underflow);
  return underflow;
}

/// True if what granules [begin, end) of an unlisted block hold (and every ghost header) is untouched; and
/// what else there is of a chunk that may be zero.
bool Heap::poison_holds(const Block& block, std::uint32_t begin, std::uint32_t end) const noexcept {
  const Region& region = *block.region;
  const std::uintptr_t chunk = chunk_end(address_of(region.bytes_at(end)));
  if (chunk <= end_of(block)) end = region.granule_of(chunk - 1) + 1;
  while (begin < end) {
    const std::uint32_t ghost = region.ghosts.first_in(begin, end);
    const std::uint32_t until = ghost == Bitmap::kNone ? end : ghost;
    if (!idle_intact(region.bytes_at(begin), region.bytes_at(until), keys_.poison)) return false;
    if (ghost == Bitmap::kNone) return true;
    BlockFields fields;
    if (read_header(region.header_at(ghost), keys_, fields) != HeaderVerdict::kIntact) return false;
    begin = ghost + kHeaderGranules;
  }
  return true;
}

}  // namespace padlock::core
