// Whose memory an address is: one byte for every 16 MiB (a slot) of the 47-bit address space, touched lazily.
// Look-ups take no lock. Where memory is limited a segment is only the first part of a slot, and what follows
// may belong to others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace padlock::runtime {

inline constexpr unsigned kSlotShift = 24;
inline constexpr std::size_t kSlotSize = std::size_t{1} << kSlotShift;  // bytes; also a slot's alignment

using SegmentOwner = std::uint8_t;
inline constexpr SegmentOwner kNoOwner = 0;
inline constexpr SegmentOwner kBootstrapOwner = 63;
inline constexpr SegmentOwner kGuardedOwner = 62;
inline constexpr SegmentOwner kLargeOwner = 61;  // every other value: the index of an arena, plus one

/// What the table says of a slot: its owner; where its segment has begun in a slot before it, the first of
/// these and how many slots before, instead of the owner; where not all of it is an arena's, the second, or
/// where its blocks' frees are to be looked at closely.
using SlotMark = std::uint8_t;
inline constexpr SlotMark kContinued = 128;
inline constexpr SlotMark kUncommon = 64;
inline constexpr SlotMark kOwnerOrDistance = 63;
inline constexpr SlotMark kGuardedMark = kUncommon | kGuardedOwner;  // no segment, and all of the slot
inline constexpr SlotMark kLargeMark = kUncommon | kLargeOwner;  // no segment; large blocks lie there, or did

/// Whether all of the slot is an arena's: for the quick path.
inline bool is_common(SlotMark mark) noexcept { return mark != kNoOwner && (mark & kUncommon) == 0; }

/// Where the segment of an address begins, by the mark of its slot; where it began more than kOwnerOrDistance
/// slots before, a place nearer to that.
inline std::uintptr_t segment_begin_by(std::uintptr_t address, SlotMark mark) noexcept {
  const std::uintptr_t slots = (mark & kContinued) != 0 ? mark & kOwnerOrDistance : 0;
  return (address & ~(std::uintptr_t{kSlotSize} - 1)) - (slots << kSlotShift);
}

/// What every segment begins with.
struct alignas(64) SegmentHead {
  std::size_t size;             // bytes of the segment
  std::size_t front;            // of these, the ones before the front guard, where it is an arena's
  std::atomic<bool> disturbed;  // memory behind what is accessible may not be zero any more
  std::atomic<bool> all_open;   // all of the blocks' memory is accessible: the kernel is not to be asked
  std::atomic<std::uintptr_t> latest;  // where what was made accessible last begins
};

class SegmentTable {
 public:
  constexpr SegmentTable() noexcept = default;

  [[nodiscard]] SlotMark mark_of(std::uintptr_t address) const noexcept {
    const std::uintptr_t slot = address >> kSlotShift;
    return slot < kSlots ? __atomic_load_n(&marks_[slot], __ATOMIC_ACQUIRE) : kNoOwner;
  }
  [[nodiscard]] SegmentOwner owner_of(std::uintptr_t address) const noexcept {
    const SlotMark mark = mark_of(address);
    if ((mark & kUncommon) != 0 && mark != kGuardedMark && (mark == kLargeMark || address >= end_of(address)))
        [[unlikely]]
      return kNoOwner;
    return ((mark & kContinued) != 0 ? mark_of(begin_of(address)) : mark) & kOwnerOrDistance;
  }
  /// Of the segment that holds `address`, which has an owner.
  [[nodiscard]] std::uintptr_t begin_of(std::uintptr_t address) const noexcept {
    SlotMark mark = mark_of(address);
    std::uintptr_t begin = segment_begin_by(address, mark);
    while ((mark & kContinued) != 0) {
      mark = mark_of(begin);
      begin = segment_begin_by(begin, mark);
    }
    return begin;
  }

  /// The first byte behind the segment, or the slot, that `address` lies in; it has a mark.
  [[nodiscard]] std::uintptr_t end_of(std::uintptr_t address) const noexcept {
    const std::uintptr_t begin = begin_of(address);
    return begin + reinterpret_cast<const SegmentHead*>(begin)->size;
  }

  /// One segment, or a part that has no owner; `begin` is a multiple of kSlotSize. Where `size` is not, or
  /// the owner is the bootstrap heap, a SegmentHead of that size is there.
  void set_owner(std::uintptr_t begin, std::size_t size, SegmentOwner owner) noexcept;
  /// Whole slots that guarded blocks have, for good.
  void set_guarded(std::uintptr_t begin, std::size_t size) noexcept;
  /// Slots that a large block lies in, beside whatever else, and that nobody has. They have no owner.
  void set_large(std::uintptr_t begin, std::size_t size) noexcept;
  /// The segment at `begin` ends earlier: its head has the new size already.
  void shorten(std::uintptr_t begin, std::size_t former_size) noexcept;

  /// Whether `address` is one of the table's own bytes.
  [[nodiscard]] bool holds(std::uintptr_t address) const noexcept {
    return address - reinterpret_cast<std::uintptr_t>(marks_) < sizeof marks_;
  }

  /// Frees and reallocations of blocks in the slot of `address`, which is an arena's, take the long way from
  /// then on, for as long as the segment lasts. Not while one is shortened.
  void set_uncommon(std::uintptr_t address) noexcept;

  /// Once, while there is one thread: makes the table read-only but for marks that are just written, so that
  /// what is not used of it is no memory to the kernel, whatever the program locks or limits.
  void seal() noexcept;
  /// Makes all of it writable: the kernel may not be asked later.
  void unseal() noexcept;

 private:
  static constexpr unsigned kAddressBits = 47;
  static constexpr std::size_t kSlots = std::size_t{1} << (kAddressBits - kSlotShift);

  void write(std::uintptr_t address, SlotMark mark) noexcept;
  void open(const SlotMark& place) noexcept;

  bool sealed_ = false;

  // No std::atomic: a compiler may not find 8 million of them constant-initialized.
  alignas(4096) SlotMark marks_[kSlots] = {};
};

/// The process's table: 8 MiB of address space in the zero-initialized data, of which a few pages are used.
extern constinit SegmentTable segment_table __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
