// Which bytes of live blocks are poisoned: memory that an allocator on top of malloc has taken back, or not
// handed out yet. Two bits for each byte of a slot, and the allocation number of each block that they are
// about, beside the heap: nothing is looked at, or changed, when a block is freed or allocated, as the marks
// of another life of a block count for nothing.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/range.h"
#include "core/fault.h"
#include "os/lock.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

/// Thread-safe; looking is async-signal-safe and takes no lock. Ranges lie within the block's data.
class PoolMarks {
 public:
  constexpr PoolMarks() noexcept = default;

  /// Whether any byte was ever poisoned.
  [[nodiscard]] bool in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }
  void set_in_use() noexcept { in_use_.store(true, std::memory_order_seq_cst); }

  /// `filled`: the bytes are those of the heap's poison, and nobody may change them. False without memory
  /// for the marks: nothing was done.
  bool poison(const core::BlockSnapshot& block, AddressRange range, bool filled) noexcept;
  void unpoison(const core::BlockSnapshot& block, AddressRange range) noexcept;
  /// The block at `user` is freed or resized: for blocks whose number first_poisoned() is not given.
  void forget(std::uintptr_t user) noexcept;

  /// The first poisoned byte of `range`; its end where there is none. `number`: of the block's allocation;
  /// 0: of the one that is known there.
  [[nodiscard]] std::uintptr_t first_poisoned(std::uintptr_t user, std::uint64_t number,
                                              AddressRange range) const noexcept;
  /// The same of a block that is known to have such bytes; and the first byte that is none.
  [[nodiscard]] std::uintptr_t first_marked(AddressRange range) const noexcept;
  [[nodiscard]] std::uintptr_t first_free(AddressRange range) const noexcept;
  [[nodiscard]] bool is_filled(std::uintptr_t address) const noexcept;

  /// The number of the block that was last poisoned at `user`; 0 where none was. It may be gone.
  [[nodiscard]] std::uint64_t number_at(std::uintptr_t user) const noexcept;
  /// `visit(user, number)` for each of them; while nobody poisons.
  template <typename Visit>
  void for_each_block(Visit visit) const noexcept {
    for (const Place& place : places_) {
      const Shadow* const shadow = place.shadow.load(std::memory_order_acquire);
      if (shadow != nullptr)
        visit_blocks(*shadow, place.slot.load(std::memory_order_relaxed) << kSlotShift, visit);
    }
  }

 private:
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kWords = kSlotSize / kWordBits;
  static constexpr std::size_t kGranule = 16;  // a block's user pointer is a multiple of it
  static constexpr std::size_t kInPage = 512;  // numbers
  static constexpr std::size_t kPages = kSlotSize / kGranule / kInPage;
  using Words = std::atomic<std::uint64_t>[kWords];

  // Of one slot; fresh zeroed memory is one without marks.
  struct Shadow {
    Words poisoned;
    Words filled;
    std::atomic<std::uint64_t> numbers[kSlotSize / kGranule];  // by user pointer
    std::atomic<std::uint64_t> pages[kPages / kWordBits];      // which of those have any
  };
  struct Place {
    std::atomic<std::uintptr_t> slot{0};  // its number; 0: none
    std::atomic<Shadow*> shadow{nullptr};
  };
  static constexpr std::size_t kPlaces = 4096;  // a power of two

  [[nodiscard]] Shadow* shadow_of(std::uintptr_t address) const noexcept;
  [[nodiscard]] Shadow* make_shadow(std::uintptr_t address) noexcept;
  [[nodiscard]] std::atomic<std::uint64_t>* number_of(std::uintptr_t user) const noexcept;
  template <typename Visit>
  static void visit_blocks(const Shadow& shadow, std::uintptr_t begin, Visit& visit) noexcept {
    for (std::size_t page = 0; page < kPages; ++page) {
      if ((shadow.pages[page / kWordBits].load(std::memory_order_relaxed) >> page % kWordBits & 1U) == 0)
        continue;
      for (std::size_t i = page * kInPage; i < (page + 1) * kInPage; ++i) {
        const std::uint64_t number = shadow.numbers[i].load(std::memory_order_relaxed);
        if (number != 0) visit(begin + i * kGranule, number);
      }
    }
  }
  static void set(Words& words, AddressRange range, bool value) noexcept;
  void clear(AddressRange range) noexcept;
  template <bool kPoisoned>
  [[nodiscard]] std::uintptr_t first_with(AddressRange range) const noexcept;

  std::atomic<bool> in_use_{false};
  os::Lock lock_;  // of new shadows
  std::array<Place, kPlaces> places_ = {};
};

extern constinit PoolMarks pool_marks __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
