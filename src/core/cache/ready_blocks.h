// Blocks ready to be handed out, a stack for each size class, in slots beside the blocks: nothing here ever
// touches a block.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/block/slot.h"
#include "core/cache/size_class.h"

namespace padlock::core {

/// Each class has a stack of slots, between a slot that says that here is the bottom and one that says that
/// here is the end. It moves to a longer one when it is full, so that a class with few blocks touches little
/// memory.
struct ReadyLayout {
  static constexpr std::uint32_t kMostOfClass = 128;
  static constexpr std::uint32_t kFirst = 6;  // blocks

  /// Blocks of a class: 16 KiB, but at least two and at most 128.
  static constexpr std::uint32_t capacity(std::uint32_t size_class) noexcept {
    const auto block = static_cast<std::uint32_t>(size_class::granules_of(size_class) * kGranule);
    return std::clamp<std::uint32_t>(16 * 1024 / block, 2, kMostOfClass);
  }
  /// How many the stack is for that follows one for `room` blocks; 0: none yet.
  static constexpr std::uint32_t next_room(std::uint32_t room, std::uint32_t size_class) noexcept {
    return std::min(room == 0 ? kFirst : 2 * room + 2, capacity(size_class));
  }
  /// Slots for all stacks that there may ever be.
  static constexpr std::size_t slots() noexcept {
    std::size_t all = 0;
    for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
      for (std::uint32_t room = 0; room != capacity(i);) {
        room = next_room(room, i);
        all += room + 2;
      }
    }
    return all;
  }
};

/// Not thread-safe.
class ReadyBlocks {
 public:
  /// Of the span given to the constructor only touched slots cost, from its begin on.
  static constexpr std::size_t slots_needed() noexcept { return ReadyLayout::slots(); }

  explicit ReadyBlocks(std::span<BlockSlot> slots) noexcept : slots_(slots.data()) { tops_.fill(kUntouched); }

  [[nodiscard]] bool empty(std::uint32_t size_class) const noexcept {
    return tops_[size_class]->block == nullptr;
  }
  [[nodiscard]] std::size_t count() const noexcept {
    std::size_t all = 0;
    for_each([&](const BlockSlot&) { ++all; });
    return all;
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return granules_ * kGranule; }
  [[nodiscard]] std::size_t count(std::uint32_t size_class) const noexcept {
    if (tops_[size_class] == kUntouched) return 0;
    return static_cast<std::size_t>(tops_[size_class] - bottom_of(size_class));
  }
  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept {
    bool found = false;
    for_each([&](BlockSlot slot) { found |= slot.block == block; });
    return found;
  }

  /// Prefetches the header and a small block's data.
  static void prefetch(BlockSlot slot) noexcept {
    const auto* block = reinterpret_cast<const std::byte*>(slot.block);
    __builtin_prefetch(block, 1);
    __builtin_prefetch(block + 64, 1);
  }

  /// False, and nothing done, where the class is full.
  [[nodiscard]] bool push(std::uint32_t size_class, BlockSlot slot) noexcept {
    const BlockSlot* above = tops_[size_class] + 1;
    if (above->granules == kEnd) [[unlikely]] {
      if (!widen(size_class)) return false;
      above = tops_[size_class] + 1;
    }
    *const_cast<BlockSlot*>(above) = slot;  // ours, not kUntouched
    tops_[size_class] = above;
    granules_ += slot.granules;
    return true;
  }
  /// Pops the most recent block and prefetches the next. Precondition: not empty.
  BlockSlot pop(std::uint32_t size_class) noexcept {
    const BlockSlot* const top = tops_[size_class]--;
    if (top[-1].block != nullptr) [[likely]]
      prefetch(top[-1]);
    granules_ -= top->granules;
    return *top;
  }

  /// One whose user pointer is aligned to `alignment`, a power of two; false if there is none.
  bool take_aligned(std::uint32_t size_class, std::size_t alignment, BlockSlot& taken) noexcept {
    BlockSlot* const bottom = bottom_of(size_class);
    for (std::size_t i = count(size_class); i != 0; --i) {
      if (!is_user_aligned(bottom[i], alignment)) continue;
      taken = std::exchange(bottom[i], *tops_[size_class]--);
      granules_ -= taken.granules;
      return true;
    }
    return false;
  }

  /// Removes up to `most` of the oldest blocks; they are in `taken`, oldest first.
  std::size_t take_oldest(std::uint32_t size_class, std::size_t most, std::span<BlockSlot> taken) noexcept {
    BlockSlot* const oldest = bottom_of(size_class) + 1;
    const std::size_t all = count(size_class);
    const std::size_t n = std::min({most, all, taken.size()});
    std::copy_n(oldest, n, taken.begin());
    for (std::size_t i = 0; i < n; ++i) granules_ -= oldest[i].granules;
    std::copy(oldest + n, oldest + all, oldest);
    tops_[size_class] -= n;
    return n;
  }

  static constexpr std::uint32_t kMostOfClass = ReadyLayout::kMostOfClass;
  static constexpr std::uint32_t capacity(std::uint32_t size_class) noexcept {
    return ReadyLayout::capacity(size_class);
  }

 private:
  static constexpr std::uint32_t kEnd = UINT32_MAX;  // granules of the slot behind the last one
  static constexpr BlockSlot kUntouched[2] = {{}, {nullptr, kEnd, 0}};

  [[nodiscard]] BlockSlot* bottom_of(std::uint32_t size_class) const noexcept {
    return slots_ + bottoms_[size_class];
  }

  /// The class's stack, which is full, goes on in a longer one; false if it is as long as it may be. It may
  /// have more room where what looks like its end is none, but a slot that was overwritten and popped.
  [[gnu::noinline]] bool widen(std::uint32_t size_class) noexcept {
    const std::uint32_t before = rooms_[size_class];
    if (count(size_class) < before) return true;
    const std::uint32_t room = ReadyLayout::next_room(before, size_class);
    if (room == before) return false;
    BlockSlot* const bottom = slots_ + used_;
    *bottom = {};
    std::copy_n(bottom_of(size_class) + 1, before, bottom + 1);
    std::fill(bottom + 1 + before, bottom + 1 + room, BlockSlot{});  // an end of former days may be there
    bottom[room + 1] = {nullptr, kEnd, 0};
    bottoms_[size_class] = used_;
    rooms_[size_class] = static_cast<std::uint8_t>(room);
    tops_[size_class] = bottom + before;
    used_ = static_cast<std::uint16_t>(used_ + room + 2);
    return true;
  }

  template <typename Visit>
  void for_each(Visit visit) const noexcept {
    for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
      const BlockSlot* const bottom = bottom_of(i);
      std::for_each(bottom + 1, bottom + 1 + count(i), visit);
    }
  }

  BlockSlot* slots_;
  std::size_t granules_ = 0;
  std::array<const BlockSlot*, size_class::kCount> tops_;  // each on the class's latest block, or its bottom
  std::array<std::uint16_t, size_class::kCount> bottoms_{};  // slots
  std::array<std::uint8_t, size_class::kCount> rooms_{};     // blocks
  std::uint16_t used_ = 0;                                   // slots
  static_assert(ReadyLayout::slots() <= UINT16_MAX);
};

}  // namespace padlock::core
