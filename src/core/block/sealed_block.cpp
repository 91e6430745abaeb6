// The damage of a padding, and the faults of a sealed block.
#include "core/block/sealed_block.h"

#include <algorithm>
#include <bit>

namespace padlock::core {

Damage padding_damage(std::uintptr_t user, std::size_t requested, std::size_t capacity, AddressRange readable,
                      std::uint64_t canary) noexcept {
  const AddressRange padding{user + requested, user + capacity};
  return measure_damage(padding, user, readable, [&](std::uintptr_t address) -> ExpectedByte {
    if (address < padding.begin || address >= padding.end) return {};
    return {true, pattern_byte(canary, address)};
  });
}

Fault fault_of(FaultKind kind, Moment moment, const BlockSnapshot& block) noexcept {
  Fault fault;
  fault.kind = kind;
  fault.moment = moment;
  fault.block = block;
  return fault;
}

Fault not_live_fault(const BlockSnapshot& block, const FreeRequest& request) noexcept {
  const bool frees = request.moment == Moment::kFree;
  Fault fault = fault_of(frees ? FaultKind::kDoubleFree : FaultKind::kUseAfterFree, request.moment, block);
  fault.given_origin = request.origin;
  fault.address = block.user;
  return fault;
}

Fault mismatch_fault(FaultKind kind, const BlockSnapshot& block, const FreeRequest& request) noexcept {
  Fault fault = fault_of(kind, request.moment, block);
  fault.address = block.user;
  fault.given_origin = request.origin;
  if (kind == FaultKind::kDeleteSizeMismatch) fault.given = request.size.value_or(0);
  if (kind == FaultKind::kDeleteAlignmentMismatch) fault.given = request.alignment.value_or(0);
  return fault;
}

Fault padding_fault(const BlockSnapshot& block, std::size_t capacity, AddressRange readable,
                    std::uint64_t canary, Moment moment) noexcept {
  Fault fault = fault_of(FaultKind::kHeapBufferOverflow, moment, block);
  fault.damage = padding_damage(block.user, block.requested, capacity, readable, canary);
  return fault;
}

namespace {

constexpr std::size_t kCanaryBegin = kHeaderSize - 2;  // the front canary
constexpr std::size_t kKnownEnd =
    kHeaderSize - kBackRepair;  // from there on every byte is known without the rest
constexpr std::size_t kNearer =
    kHeaderSize / 2;  // from there on it is nearer to this block's data than to any other's

// Which bytes of a header have changed, first and last.
struct Extent {
  std::size_t first = kHeaderSize;
  std::size_t last = 0;

  void add(std::size_t index) noexcept {
    first = std::min(first, index);
    last = std::max(last, index);
  }
};

// A write before the block's own data, rather than anything else that may hit a header: it ended in the bytes
// right before the data, or in the half of the header that is nearer to it. A single bit elsewhere is no
// store's work.
bool is_underflow(const Extent& changed, bool bit_flip) noexcept {
  if (changed.last >= kCanaryBegin || changed.first >= kKnownEnd) return true;
  return changed.first >= kNearer && !bit_flip;
}

// How much of the damage has certainly been written; `was`: the bytes of the header, as far as they are
// known. Of one value all of it has.
template <typename IsKnown, typename Bytes>
void find_gaps(const BlockSnapshot& block, IsKnown is_known, const Bytes& was, Damage& damage) noexcept {
  const AddressRange range{damage.address, damage.address + damage.length};
  if (is_fill(range)) return;
  Gaps gaps;
  for (std::uintptr_t at = range.begin; at < range.end; ++at) {
    const std::size_t index = at - block.header;
    if (!is_known(index)) {
      gaps.add_unknown();
    } else if (byte_at(at) == was[index]) {
      gaps.add_untouched(was[index]);
    } else {
      gaps.add_changed();
    }
  }
  gaps.describe(damage);
}

Fault header_damage(const BlockSnapshot& block, bool underflow, const Extent& changed,
                    Moment moment) noexcept {
  Fault fault =
      fault_of(underflow ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption, moment, block);
  fault.damage.address = block.header + changed.first;
  fault.damage.offset = static_cast<std::int64_t>(fault.damage.address - block.user);
  fault.damage.length = changed.last - changed.first + 1;
  return fault;
}

void show(const BlockSnapshot& block, const HeaderRemains& remains, BlockSnapshot& shown) noexcept {
  if (!remains.requested || block.sealed) return;
  shown.size_shown = true;
  shown.requested = *remains.requested;
  if (!remains.legible) return;
  const BlockFields& fields = remains.fields;
  shown.origin_shown = true;
  shown.requested = fields.requested;
  shown.origin = fields.origin;
  shown.alignment = fields.align_log2 == 0 ? 0 : std::uint64_t{1} << fields.align_log2;
  shown.alloc_trace = fields.alloc_trace;
  if (!remains.numbered) return;
  shown.number = fields.number;
  shown.alloc_thread = fields.alloc_thread;
}

}  // namespace

Fault header_fault(const BlockSnapshot& block, const HeaderRepair& was, AddressRange readable,
                   Moment moment) noexcept {
  const Extent changed{was.first, was.last};
  const std::uint8_t bits = byte_at(block.header + was.first) ^ was.bytes[was.first];
  const bool bit_flip = was.first == was.last && std::has_single_bit(bits);
  Fault fault = header_damage(block, is_underflow(changed, bit_flip), changed, moment);
  find_gaps(
      block, [](std::size_t /*index*/) { return true; }, was.bytes, fault.damage);
  fill_window(fault.damage, readable, [&](std::uintptr_t address) -> ExpectedByte {
    if (address < block.header || address >= block.user) return {};
    return {true, was.bytes[address - block.header]};
  });
  return fault;
}

// More has changed than the last bytes, which are always known: a write that ends in them began in the seal
// at the latest, if it was one.
Fault lost_header_fault(const BlockSnapshot& block, const HeaderRemains& remains, AddressRange readable,
                        Moment moment) noexcept {
  Extent changed;
  for (std::size_t i = 0; i < kHeaderSize; ++i) {
    if (remains.changed[i]) changed.add(i);
  }
  const bool any = changed.first != kHeaderSize;
  const auto* const header = reinterpret_cast<const BlockHeader*>(block.header);
  const bool ran_on = any && changed.last >= kCanaryBegin;
  const std::size_t began = std::min(changed.first, kKnownEnd - 1);
  const bool all_of_back = began + 1 == kKnownEnd && remains.is_run(header, kKnownEnd, changed.last + 1);
  const bool one_run = ran_on && (all_of_back || remains.is_run(header, began, changed.last + 1));
  if (one_run) changed.first = began;
  const bool underflow = any && is_underflow(changed, false);
  Fault fault = header_damage(block, underflow, any ? changed : Extent{0, kHeaderSize - 1}, moment);
  show(block, remains, fault.block);
  fault.damage.at_least = any;
  fault.damage.somewhere = !any;
  if (any && !one_run && !remains.is_run(header, changed.first, changed.last + 1)) {
    find_gaps(
        block, [&](std::size_t index) { return remains.known[index]; }, remains.bytes, fault.damage);
    fault.damage.changed = remains.count_changed();
  }
  fill_window(fault.damage, readable, [&](std::uintptr_t address) -> ExpectedByte {
    if (address < block.header || address >= block.user) return {};
    const std::size_t index = address - block.header;
    return {remains.known[index], remains.bytes[index]};
  });
  return fault;
}

}  // namespace padlock::core
