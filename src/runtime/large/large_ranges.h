// Where large blocks lie, for looks without a lock: the mappings in order, each with what the program has of
// it; and, by addresses that were looked at lately, which of them was found there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/range.h"
#include "core/fault.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

/// Changed by one thread at a time, looked at by any; looks are
/// async-signal-safe. Memory comes from os/tables.h and is never given back: others may be looking at it.
class LargeRanges {
 public:
  constexpr LargeRanges() noexcept = default;

  /// The mapping holds `block`, live or not, from now on. Where there is no memory for it, nothing is known
  /// of it.
  void put(AddressRange mapping, const core::BlockSnapshot& block) noexcept;
  /// The mapping that begins at `begin` is gone, unless it holds another block than the one at `user`.
  void remove(std::uintptr_t begin, std::uintptr_t user) noexcept;

  /// Whether a look lately has shown [address, address + size) to be a live block's, or `address` to be no
  /// large block's.
  [[gnu::always_inline]] [[nodiscard]] bool show(std::uintptr_t address, std::size_t size) const noexcept {
    const std::uint64_t known = place_of(address).load(std::memory_order_relaxed);
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    if (known >> kTagBits != version) return false;
    const std::uint64_t tag = known & kTagMask;
    if ((tag & kForeign) != 0) return (tag & ~kForeign) == address >> kSlotShift;
    const Range& range = ranges_.load(std::memory_order_relaxed)[tag];
    const std::uint64_t offset = address - range.user.load(std::memory_order_relaxed);
    const std::uint64_t room = range.room.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    // What was noted of this version is live in it.
    return version_.load(std::memory_order_relaxed) == version && size <= room && offset <= room - size;
  }

  /// How many bytes from `address` on a live block has: exact for all that the program may access. SIZE_MAX
  /// where no large block is known, and while others keep changing what is known.
  [[nodiscard]] std::size_t accessible_at(std::uintptr_t address) const noexcept {
    return find(address).room;
  }

  struct Found {
    std::uintptr_t user = 0;      // of the block; 0: none
    std::size_t room = SIZE_MAX;  // from the address on
    bool is_steady = true;        // false: others keep changing what is known, so nothing is
  };
  [[nodiscard]] Found find(std::uintptr_t address) const noexcept;

  /// show() shows nothing before the next look.
  void forget_looks() noexcept {
    begin_change();
    end_change();
  }

 private:
  struct Range {
    std::atomic<std::uintptr_t> begin;  // of the mapping
    std::atomic<std::uintptr_t> end;
    std::atomic<std::uintptr_t> user;
    std::atomic<std::uint64_t> room;  // bytes requested; kClosed: the block is not live
  };
  static constexpr std::uint64_t kClosed = ~std::uint64_t{0};

  // A place: the version that it is of, and the number of a range; or kForeign and the number of the slot.
  static constexpr std::size_t kPlaces = 256;
  static constexpr unsigned kChunkShift = 16;  // bytes that share a place
  static constexpr unsigned kTagBits = 24;
  static constexpr std::uint64_t kTagMask = (std::uint64_t{1} << kTagBits) - 1;
  static constexpr std::uint64_t kForeign = std::uint64_t{1} << (kTagBits - 1);
  static_assert(kChunkShift + 8 == kSlotShift && kPlaces == 1U << 8,
                "a place and a slot's number say which chunk it is");

  [[nodiscard]] std::atomic<std::uint64_t>& place_of(std::uintptr_t address) const noexcept {
    return places_[(address >> kChunkShift) % kPlaces];
  }
  [[nodiscard]] std::size_t first_not_above(const Range* ranges, std::size_t count,
                                            std::uintptr_t address) const noexcept;
  bool make_room() noexcept;
  static void copy(Range& to, const Range& from) noexcept;
  void begin_change() noexcept;
  void end_change() noexcept;
  void note(std::uintptr_t address, std::uint64_t version, std::uint64_t tag) const noexcept;

  std::atomic<std::uint64_t> version_{2};  // odd while it is being changed; no place is of version 0
  std::atomic<Range*> ranges_{nullptr};    // in descending order: most mappings come below the others
  std::atomic<std::size_t> count_{0};
  std::size_t capacity_ = 0;
  mutable std::atomic<std::uint64_t> places_[kPlaces] = {};
};

}  // namespace padlock::runtime
