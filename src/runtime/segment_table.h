// Whose memory an address is: one byte for every 16 MiB (a slot) of the 47-bit address space, touched lazily.
// Look-ups take no lock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::runtime {

inline constexpr unsigned kSlotShift = 24;
inline constexpr std::size_t kSlotSize = std::size_t{1} << kSlotShift;  // bytes; also a slot's alignment

using SegmentOwner = std::uint8_t;
inline constexpr SegmentOwner kNobody = 0;
inline constexpr SegmentOwner kBootstrap = 127;  // every other value: the index of an arena, plus one

/// What the table says of a slot: its owner, and this where its segment has begun in a slot before it.
using SlotMark = std::uint8_t;
inline constexpr SlotMark kContinued = 128;

class SegmentTable {
 public:
  constexpr SegmentTable() noexcept = default;

  [[nodiscard]] SlotMark mark_of(std::uintptr_t address) const noexcept {
    if (address >> kAddressBits != 0) return kNobody;
    return __atomic_load_n(&marks_[address >> kSlotShift], __ATOMIC_ACQUIRE);
  }
  [[nodiscard]] SegmentOwner owner_of(std::uintptr_t address) const noexcept {
    return mark_of(address) & static_cast<SlotMark>(~kContinued);
  }
  /// Of the segment that holds `address`, which has an owner.
  [[nodiscard]] std::uintptr_t begin_of(std::uintptr_t address) const noexcept {
    std::uintptr_t begin = address & ~(std::uintptr_t{kSlotSize} - 1);
    while ((mark_of(begin) & kContinued) != 0) begin -= kSlotSize;
    return begin;
  }

  /// One segment, or nobody's; `begin` and `size` are multiples of kSlotSize.
  void set_owner(std::uintptr_t begin, std::size_t size, SegmentOwner owner) noexcept {
    const SlotMark later = owner == kNobody ? owner : static_cast<SlotMark>(owner | kContinued);
    for (std::uintptr_t at = begin; at < begin + size; at += kSlotSize) {
      __atomic_store_n(&marks_[at >> kSlotShift], at == begin ? owner : later, __ATOMIC_RELEASE);
    }
  }

 private:
  static constexpr unsigned kAddressBits = 47;

  // No std::atomic: a compiler may not find 8 million of them constant-initialized.
  SlotMark marks_[std::size_t{1} << (kAddressBits - kSlotShift)] = {};
};

/// The process's table: 8 MiB of address space in the zero-initialized data, of which a few pages are used.
extern constinit SegmentTable segment_table;

}  // namespace padlock::runtime
