// The addresses that guarded blocks lie at: slots of a few pages between guard pages, one area of them for
// each size, and their records. Everything is closed unless a block is live there.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/range.h"
#include "runtime/guarded/guarded_slot.h"

namespace padlock::runtime {

/// Which slot: the `index`th one of an area whose slots are 4 * 2^`area` pages, guard pages included.
struct SlotId {
  std::uint32_t area = 0;
  std::uint32_t index = 0;
};

/// Finding needs no lock. All else is for one thread at a time, a slot's pages for the thread that has it.
class GuardedRegion {
 public:
  static constexpr std::size_t kAreas = 6;  // blocks of up to 126 pages

  constexpr GuardedRegion() noexcept = default;

  /// Once: reserves `size` bytes of address space, a power of two of 16 MiB or more, and marks them in the
  /// segment table. `all_mappings`: without markers,
  /// slots may cost all mappings that are not the program's. False where the system refuses.
  bool map(std::size_t size, bool all_mappings) noexcept;
  [[nodiscard]] bool has_markers() const noexcept { return has_markers_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool present() const noexcept { return begin_.load(std::memory_order_acquire) != 0; }

  /// Of the area whose slots have room for `size` bytes of pages; nothing where none has.
  [[nodiscard]] static std::optional<std::uint32_t> area_for(std::size_t size, std::size_t page) noexcept;
  [[nodiscard]] std::size_t slots_in(std::uint32_t area) const noexcept {
    return slots_[area].load(std::memory_order_relaxed);
  }
  /// Bytes of address space of each slot.
  [[nodiscard]] static constexpr std::size_t slot_size(std::uint32_t area) noexcept {
    return std::size_t{1} << slot_shift(area);
  }

  /// Whose slot holds `address`; nothing outside, and in what is left over at the end of an area.
  [[nodiscard]] std::optional<SlotId> slot_at(std::uintptr_t address) const noexcept {
    const std::uintptr_t begin = begin_.load(std::memory_order_acquire);
    const std::uintptr_t offset = address - begin;
    if (begin == 0) return std::nullopt;
    // Beyond the region the subtraction wraps around, and there is no such area.
    const auto area =
        static_cast<std::uint32_t>(std::bit_width(size_) - std::bit_width(size_ - 1 - offset) - 1);
    if (area >= kAreas) return std::nullopt;
    const std::size_t index = (offset - (size_ - (size_ >> area))) >> slot_shift(area);
    if (index >= slots_in(area)) return std::nullopt;
    return SlotId{area, static_cast<std::uint32_t>(index)};
  }
  /// With its guard pages, and without.
  [[nodiscard]] AddressRange whole(SlotId slot) const noexcept;
  [[nodiscard]] AddressRange room(SlotId slot) const noexcept;
  [[nodiscard]] GuardedRecord& record(SlotId slot) const noexcept { return records_[number_of(slot)]; }
  /// Slots are numbered through all areas, and their records with them.
  [[nodiscard]] std::size_t number_of(SlotId slot) const noexcept {
    return first_record_[slot.area] + slot.index;
  }
  [[nodiscard]] const GuardedRecord& record_numbered(std::size_t number) const noexcept {
    return records_[number];
  }

  /// Makes `data`, whole pages of the slot, zeroed memory. False where the system refuses.
  bool open(SlotId slot, AddressRange data) noexcept;
  /// Closes them, and gives their memory back.
  void close(SlotId slot, AddressRange data) noexcept;
  /// Unmaps what lies behind the first `slots` of an area: there are no more of them from now on.
  void shorten(std::uint32_t area, std::size_t slots) noexcept;
  /// Makes a page accessible whatever it is: a fault there was dealt with. Any thread.
  bool open_after_fault(std::uintptr_t address) noexcept;

 private:
  static constexpr unsigned kPageShift = 12;  // map() refuses where pages are others
  static constexpr unsigned slot_shift(std::uint32_t area) noexcept { return kPageShift + 2 + area; }

  bool open_by_markers(SlotId slot, AddressRange data) noexcept;
  bool open_by_protection(SlotId slot, AddressRange data) noexcept;
  bool prepare(SlotId slot) noexcept;
  [[nodiscard]] bool is_prepared(SlotId slot) const noexcept;
  static void count_maps(GuardedRecord& record, std::uint8_t maps) noexcept;

  std::atomic<std::uintptr_t> begin_{0};
  std::size_t size_ = 0;
  bool all_mappings_ = false;
  GuardedRecord* records_ = nullptr;
  std::array<std::size_t, kAreas> first_record_ = {};
  std::array<std::atomic<std::size_t>, kAreas> slots_ = {};
  std::array<std::atomic<std::uintptr_t>, kAreas> prepared_ = {};  // up to where slots are closed by markers
  std::atomic<bool> has_markers_{true};  // MADV_GUARD_INSTALL, until the kernel refuses
};

}  // namespace padlock::runtime
