// The expected fault for each kind of misuse and damage.
#include "model/oracle.h"

#include <algorithm>
#include <bit>

#include "core/block/layout.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::BlockState;
using core::Fault;
using core::FaultKind;
using core::kHeaderSize;
using core::Moment;

Fault fault_at(FaultKind kind, Moment moment, const BlockSnapshot& block) {
  Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.block = block;
  return fault;
}

void set_damage(Fault& fault, std::uintptr_t first, std::uint64_t length) {
  fault.damage.address = first;
  fault.damage.length = length;
  fault.damage.offset = static_cast<std::int64_t>(first - fault.block.user);
}

constexpr std::uintptr_t kLastBytes = 4;
constexpr std::uintptr_t kFirstBytes = 5;
constexpr std::uintptr_t kSealEnd = 4;  // bytes from the end of the header
constexpr std::uintptr_t kNearerBytes =
    16;  // of a header: nearer to its own block's data than to any other's

// A header that was written later, or is of unknown age, does not show what ran over its place before.
bool was_there_before(const BlockSnapshot& next, const BlockSnapshot& block) {
  return next.number != 0 && next.number < block.number && next.alloc_thread == block.alloc_thread;
}

}  // namespace

bool Oracle::header_broken(const BlockSnapshot& block) const {
  return ledger_.any(block.header, block.header + kHeaderSize);
}

bool Oracle::front_broken(std::uintptr_t header) const { return ledger_.changed(header + kHeaderSize - 1); }

// The last four bytes are known, the first five can be guessed where the block's length is known (not so for
// a `merged` one), and so can any single byte.
bool Oracle::header_provable(const BlockSnapshot& block, bool merged) const {
  const std::optional<Extent> damaged = ledger_.extent(block.header, block.user);
  if (!damaged || damaged->length() == 1) return true;
  const bool only_last = damaged->first >= block.user - kLastBytes;
  const bool only_first = damaged->last < block.header + kFirstBytes;
  if (only_last || (only_first && !merged)) return true;
  return !merged && provable_with_seal(block);
}

// The last bytes of a live block's padding are made from its seal: as long as they are whole, the seal may
// have changed as well.
bool Oracle::provable_with_seal(const BlockSnapshot& block) const {
  const std::uintptr_t end = end_of(block);
  if (!book_.live.contains(block.user) || ledger_.any(end - core::kMinPadding, end)) return false;
  const std::optional<Extent> before = ledger_.extent(block.header, block.user - kSealEnd - 4);
  const std::optional<Extent> behind = ledger_.extent(block.user - kSealEnd, block.user);
  if (before && behind) return false;
  return !before || before->length() == 1 || before->last < block.header + kFirstBytes;
}

// The bytes from `from` to `to`, in either direction, all have the value of the first.
bool Oracle::all_are(std::uintptr_t from, std::uintptr_t to) const {
  const std::uint8_t value = recall_.byte(from);
  for (std::uintptr_t at = std::min(from, to); at <= std::max(from, to); ++at) {
    if (recall_.byte(at) != value) return false;
  }
  return true;
}

// Damage that ends where a block ends may have gone on over the broken header behind it, or over memory that
// was never allocated. So may a run of one value that ends before it only because what was there had that
// value.
void Oracle::run_on(const BlockSnapshot& block, Fault& fault) const {
  const std::uintptr_t last = fault.damage.address + fault.damage.length - 1;
  if (!all_are(last, end_of(block) - 1)) return;
  const BlockSnapshot* next = layout_.after(block);
  fault.damage.at_least |= next == nullptr || !was_there_before(*next, fault.block);
  if (next == nullptr || !header_broken(*next)) return;
  const Extent damaged = ledger_.extent(next->header, next->user).value();
  const bool provable = header_provable(*next);
  if (provable && damaged.first > next->header + kFirstBytes) return;  // a wound of its own
  fault.neighbour = *next;
  fault.damage.at_least = !provable;
  std::uint64_t covered = ledger_.changed(next->user - 2) ? kHeaderSize - 1 : kFirstBytes + 1;
  if (front_broken(next->header)) covered = kHeaderSize;
  if (provable) covered = damaged.last - next->header + 1;
  fault.damage.length = next->header + covered - fault.damage.address;
}

std::optional<Fault> Oracle::padding_fault(const BlockSnapshot& block, Moment moment) const {
  const std::uintptr_t begin = block.user + block.requested;
  const std::optional<Extent> damaged = ledger_.extent(begin, end_of(block));
  if (!damaged) return std::nullopt;
  Fault fault = fault_at(FaultKind::kHeapBufferOverflow, moment, block);
  set_damage(fault, damaged->first, damaged->length());
  run_on(block, fault);
  if (!fault.neighbour.present() || all_are(damaged->first, begin) || !front_broken(fault.neighbour.header)) {
    return fault;
  }
  // It starts behind intact padding and covers the whole header: it came down from the user pointer there.
  Fault underflow = own_header_fault(fault.neighbour, moment);
  extend_underflow(block, underflow);
  return underflow;
}

// `fault` is for the block around: nothing of it is damaged but the header of a merged block.
Fault Oracle::merged_header_fault(std::uintptr_t header, Fault fault) const {
  const BlockSnapshot& merged = book_.idle.at(header).identity;
  const Extent damaged = ledger_.extent(header, merged.user).value();
  const bool provable = header_provable(merged, true);
  if (provable) fault.block = merged;
  set_damage(fault, provable ? damaged.first : header, provable ? damaged.length() : kHeaderSize);
  fault.damage.somewhere = !provable;
  return fault;
}

std::optional<Fault> Oracle::poison_fault(const BlockSnapshot& block, Moment moment) const {
  std::uintptr_t first = 0;
  std::uintptr_t last = 0;
  std::uintptr_t broken_header = 0;  // the first one of a merged block
  const auto& changes = ledger_.changes();
  for (auto change = changes.lower_bound(block.user);
       change != changes.end() && change->first < end_of(block); ++change) {
    const IdleHeader* merged = book_.merged_header_at(change->first, block.header);
    if (merged != nullptr) {
      if (broken_header == 0) broken_header = merged->identity.header;
      continue;
    }
    if (first == 0) first = change->first;
    last = change->first;
  }
  if (first == 0 && broken_header == 0) return std::nullopt;
  Fault fault = fault_at(FaultKind::kUseAfterFreeWrite, moment, block);
  if (first == 0) return merged_header_fault(broken_header, fault);
  set_damage(fault, first, last - first + 1);
  const IdleHeader* behind = book_.merged_header_at(last + 1, block.header);
  fault.damage.at_least =
      behind != nullptr && behind->identity.header == last + 1 && header_broken(behind->identity);
  // It belongs to the last block that began before it, if that one's header can still be read.
  auto owner = book_.idle.upper_bound(first);
  if (owner != book_.idle.begin() && (--owner)->first > block.header &&
      !header_broken(owner->second.identity)) {
    fault.block = owner->second.identity;
    set_damage(fault, first, last - first + 1);
  }
  run_on(block, fault);
  return fault;
}

std::optional<Fault> Oracle::body_fault(const BlockSnapshot& block, Moment moment) const {
  if (block.state == BlockState::kCondemned) return std::nullopt;
  return block.state == BlockState::kLive ? padding_fault(block, moment) : poison_fault(block, moment);
}

std::optional<Fault> Oracle::fault_of(const BlockSnapshot& block, Moment moment) const {
  return header_broken(block) ? header_fault(block, moment) : body_fault(block, moment);
}

// What the last block before that can still be read has to do with it: its own damage, if it runs on so far.
std::optional<Fault> Oracle::overrun_of(const BlockSnapshot& block, Moment moment) const {
  const BlockSnapshot* before = layout_.before(block.header);
  while (before != nullptr && header_broken(*before)) before = layout_.before(before->header);
  if (before == nullptr) return std::nullopt;
  const std::optional<Fault> fault = body_fault(*before, moment);
  const bool reaches =
      fault && fault->neighbour.present() && fault->damage.address + fault->damage.length > block.header;
  return reaches ? fault : std::nullopt;
}

Fault Oracle::header_fault(const BlockSnapshot& block, Moment moment) const {
  if (const std::optional<Fault> overrun = overrun_of(block, moment)) return *overrun;
  Fault fault = own_header_fault(block, moment);
  const BlockSnapshot* before = layout_.before(block.header);
  if (before == nullptr) return fault;
  if (fault.kind == FaultKind::kHeapBufferUnderflow) extend_underflow(*before, fault);
  if (fault.kind == FaultKind::kMetadataCorruption && is_live_and_sound(*before)) fault.neighbour = *before;
  return fault;
}

bool Oracle::is_live_and_sound(const BlockSnapshot& block) const {
  return block.state == BlockState::kLive && !header_broken(block) &&
         !ledger_.any(block.user + block.requested, end_of(block));
}

Fault Oracle::own_header_fault(const BlockSnapshot& block, Moment moment) const {
  const Extent damaged = ledger_.extent(block.header, block.user).value();
  const bool provable = header_provable(block);
  bool underflow = ledger_.changed(block.user - 1) || ledger_.changed(block.user - 2);
  if (provable) {
    underflow |= damaged.first >= block.user - kLastBytes;
    underflow |= damaged.first >= block.user - kNearerBytes && !is_bit_flip(damaged);
  }
  Fault fault =
      fault_at(underflow ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, moment, block);
  set_damage(fault, damaged.first, damaged.length());
  fault.damage.at_least = fault.damage.somewhere = !provable;  // what a heap never says: see is_part_shown()
  return fault;
}

bool Oracle::is_bit_flip(const Extent& damaged) const {
  if (damaged.length() != 1) return false;
  const auto& change = ledger_.changes().at(damaged.first);
  return std::popcount(static_cast<unsigned>(change.original ^ change.now)) == 1;
}

// Of a header that cannot be proven some bytes have a known value, and what has changed among them is
// reported: a part of what has changed, of which the canary, which is always known, is one; or, where none of
// them has, that some of all its bytes have.
bool Oracle::is_part_shown(const Fault& found, const Fault& extent) const {
  const std::uintptr_t user = extent.block.user;
  const std::uintptr_t first = found.damage.address;
  const std::uintptr_t end = first + found.damage.length;
  if (found.damage.somewhere) {
    return extent.kind == FaultKind::kMetadataCorruption && found.kind == extent.kind &&
           !found.damage.at_least && first == extent.block.header && end == user;
  }
  if (!found.damage.at_least || first < extent.damage.address ||
      end > extent.damage.address + extent.damage.length) {
    return false;
  }
  if (extent.kind == FaultKind::kHeapBufferUnderflow) {
    return found.kind == extent.kind && end == (ledger_.changed(user - 1) ? user : user - 1);
  }
  return found.kind ==
         (first >= user - kNearerBytes ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption);
}

// What hit more than the last bytes of a header may have begun in the padding before it.
void Oracle::extend_underflow(const BlockSnapshot& before, Fault& fault) const {
  if (!fault.damage.at_least || before.state != BlockState::kLive || header_broken(before)) return;
  const std::optional<Extent> padding = ledger_.extent(before.user + before.requested, end_of(before));
  if (!padding || !all_are(padding->last, end_of(before) - 1)) return;
  set_damage(fault, padding->first, fault.block.user - padding->first);
  fault.damage.at_least = fault.damage.somewhere = false;
}

Fault Oracle::not_live_fault(std::uintptr_t address, const BlockSnapshot& block, core::Origin origin,
                             Moment moment) const {
  const FaultKind kind = moment == Moment::kFree ? FaultKind::kDoubleFree : FaultKind::kUseAfterFree;
  Fault fault = fault_at(kind, moment, block);
  fault.address = address;
  fault.given_origin = origin;
  return fault;
}

Fault Oracle::pointer_fault(std::uintptr_t address, core::Origin origin, Moment moment,
                            bool in_a_region) const {
  const std::uintptr_t header = address - kHeaderSize;
  if (const BlockSnapshot* block = layout_.at(header); block != nullptr) {
    return not_live_fault(address, *block, origin, moment);
  }
  Fault fault;
  fault.kind = FaultKind::kInvalidFree;
  fault.moment = moment;
  fault.address = address;
  fault.given_origin = origin;
  const BlockSnapshot* holding = layout_.holding(address);
  if (holding == nullptr) {
    fault.pointer_class = in_a_region ? core::PointerClass::kHeapUnused : core::PointerClass::kUnknown;
    return fault;
  }
  const auto merged = book_.idle.find(header);
  if (merged != book_.idle.end() && !header_broken(merged->second.identity)) {
    return not_live_fault(address, merged->second.identity, origin, moment);
  }
  fault.pointer_class = core::PointerClass::kInterior;
  fault.block = *holding;
  return fault;
}

std::vector<Fault> Oracle::check_faults(Moment moment) const {
  std::vector<Fault> faults;
  std::uintptr_t told_end = 0;  // a broken header before this is accounted for
  for (const BlockSnapshot& block : layout_.blocks()) {
    if (header_broken(block) && block.header < told_end) continue;
    const std::optional<Fault> fault = fault_of(block, moment);
    if (!fault) continue;
    faults.push_back(*fault);
    told_end = fault->damage.address + fault->damage.length;
  }
  return faults;
}

}  // namespace padlock::fuzz
