// From something broken to a Fault: which block, which bytes, and who probably did it. Runs only when a
// check has failed, trusts no header that does not verify, and reads only inside the region.
#include <algorithm>

#include "core/heap.h"
#include "core/pattern.h"

namespace padlock::core {
namespace {

ExpectedByte expected_canary_byte(std::uintptr_t user, std::uint64_t requested, std::uintptr_t end,
                                  std::uint64_t canary, std::uintptr_t address) noexcept {
  if (address < user + requested || address >= end) return {};
  return {true, pattern_byte(canary, address)};
}

}  // namespace

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
  if (start == Bitmap::kNone) {
    fault.pointer_class = PointerClass::kHeapUnused;
    return fault;
  }
  if (address % kGranule == 0 && granule >= kHeaderGranules &&
      region->ghosts.test(granule - kHeaderGranules)) {
    const BlockHeader* ghost = region->header_at(granule - kHeaderGranules);
    BlockFields fields;
    if (read_header(ghost, keys_, fields) == HeaderVerdict::kIntact) {
      return not_live(address, snapshot_of(ghost, fields.granules, keys_), request);
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

/// If the damage runs up to the end of `block` and the header behind it is broken too, that block is the
/// victim of the same write.
void Heap::note_neighbour(const Block& block, Fault& fault) const noexcept {
  const std::uintptr_t end = address_of(block.region->bytes_at(block.end()));
  if (fault.damage.address + fault.damage.length != end) return;
  const Block after = block_after(block);
  if (!after.present()) return;
  BlockFields fields;
  const HeaderVerdict verdict = read_header(after.header(), keys_, fields);
  if (verdict == HeaderVerdict::kIntact) return;
  fault.neighbour = snapshot(after);
  fault.damage.length += verdict == HeaderVerdict::kFrontDamaged ? kHeaderSize : 1;
  fault.damage.at_least = true;
}

/// The header of `block` verifies, its padding does not.
Fault Heap::damaged_padding(const Block& block, Moment moment) const noexcept {
  Fault fault = fault_at(FaultKind::kHeapBufferOverflow, moment, block);
  const std::uintptr_t user = address_of(block.user());
  const std::uintptr_t end = user + block.capacity();
  const std::uint64_t canary = canary_of(user, keys_);
  fault.damage = measure_damage(
      {user + fault.block.requested, end}, user, readable_around(block), [&](std::uintptr_t address) {
        return expected_canary_byte(user, fault.block.requested, end, canary, address);
      });
  note_neighbour(block, fault);
  return fault;
}

ExpectedByte Heap::expected_idle_byte(const Block& block, const IdleLinks& links, bool listed,
                                      std::uintptr_t address) const noexcept {
  const std::uintptr_t user = address_of(block.user());
  if (address < user || address >= user + block.capacity()) return {};
  if (listed && address < user + sizeof(IdleLinks)) {
    const std::uint64_t link = address < user + 8 ? links.next : links.prev;
    return {true, pattern_byte(link, address)};
  }
  const std::uint32_t granule = block.region->granule_of(address);
  if (block.region->ghosts.test(granule) || block.region->ghosts.test(granule - 1)) return {};
  return {true, pattern_byte(keys_.poison, address)};
}

/// The header of an idle or quarantined block verifies, what it holds in `range` does not. Where blocks
/// have been merged, the fault names the one that the damaged byte belonged to.
Fault Heap::damaged_idle(const Block& block, ByteRange range, Moment moment) const noexcept {
  Fault fault = fault_at(FaultKind::kUseAfterFreeWrite, moment, block);
  const bool listed = block.region->idle.test(block.granule);
  IdleLinks links{};
  if (listed) {
    links = fault.block.state == BlockState::kReady ? ready_.expected_links(block.header())
                                                    : free_.expected_links(block.header());
  }
  fault.damage = measure_damage(
      range, address_of(block.user()), readable_around(block),
      [&](std::uintptr_t address) { return expected_idle_byte(block, links, listed, address); });
  if (!fault.damage.present()) {
    // Only the header of a merged block can be what does not verify.
    std::uint32_t ghost = block.region->ghosts.first_in(block.granule, block.end());
    BlockFields fields;
    while (ghost != Bitmap::kNone &&
           read_header(block.region->header_at(ghost), keys_, fields) == HeaderVerdict::kIntact) {
      ghost = block.region->ghosts.first_in(ghost + 1, block.end());
    }
    const std::uintptr_t header =
        address_of(block.region->bytes_at(ghost == Bitmap::kNone ? block.granule : ghost));
    fault.damage.address = header;
    fault.damage.offset = static_cast<std::int64_t>(header - fault.block.user);
    fault.damage.length = kHeaderSize;
    fault.damage.somewhere = true;
    fill_window(fault.damage, readable_around(block), [](std::uintptr_t) { return ExpectedByte{}; });
    return fault;
  }
  const std::uint32_t at = block.region->granule_of(fault.damage.address);
  const std::uint32_t ghost = block.region->ghosts.last_at_or_before(at);
  if (ghost != Bitmap::kNone && ghost > block.granule) {
    BlockFields fields;
    const BlockHeader* merged = block.region->header_at(ghost);
    if (read_header(merged, keys_, fields) == HeaderVerdict::kIntact) {
      fault.block = snapshot_of(merged, fields.granules, keys_);
      fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - fault.block.user);
    }
  }
  note_neighbour(block, fault);
  return fault;
}

/// True if the poison (and every ghost header) of granules [begin, end) of an unlisted block is untouched.
bool Heap::poison_holds(const Block& block, std::uint32_t begin, std::uint32_t end) const noexcept {
  const Region& region = *block.region;
  while (begin < end) {
    const std::uint32_t ghost = region.ghosts.first_in(begin, end);
    const std::uint32_t until = ghost == Bitmap::kNone ? end : ghost;
    if (!poison_intact(region.bytes_at(begin), region.bytes_at(until), keys_.poison)) return false;
    if (ghost == Bitmap::kNone) return true;
    BlockFields fields;
    if (read_header(region.header_at(ghost), keys_, fields) != HeaderVerdict::kIntact) return false;
    begin = ghost + kHeaderGranules;
  }
  return true;
}

}  // namespace padlock::core
