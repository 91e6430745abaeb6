// Blocks ready to be handed out, a stack for each size class, in slots beside the blocks: nothing here ever
// touches a block.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

#include "core/block_slot.h"
#include "core/size_class.h"

namespace padlock::core {

/// Where the stacks of the classes lie in the slots.
struct ReadyLayout {
  static constexpr std::uint32_t kMostOfClass = 128;

  std::array<std::uint16_t, size_class::kCount> first{};
  std::array<std::uint8_t, size_class::kCount> room{};
  std::size_t total = 0;

  /// Slots of a class: 32 KiB of blocks, but two at the least and 128 at the most.
  static constexpr std::uint32_t capacity(std::uint32_t size_class) noexcept {
    const auto block = static_cast<std::uint32_t>(size_class::granules_of(size_class) * kGranule);
    return std::clamp<std::uint32_t>(32 * 1024 / block, 2, kMostOfClass);
  }
  static consteval ReadyLayout make() noexcept {
    ReadyLayout layout;
    for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
      layout.first[i] = static_cast<std::uint16_t>(layout.total);
      layout.room[i] = static_cast<std::uint8_t>(capacity(i));
      layout.total += capacity(i);
    }
    return layout;
  }
};

/// Not thread-safe.
class ReadyBlocks {
 public:
  /// Slots that the largest capacities take; of the span given to the constructor only touched ones cost.
  static constexpr std::size_t slots_needed() noexcept { return kLayout.total; }

  explicit ReadyBlocks(std::span<BlockSlot> slots) noexcept : slots_(slots.data()) {}

  [[nodiscard]] bool empty(std::uint32_t size_class) const noexcept { return counts_[size_class] == 0; }
  [[nodiscard]] bool full(std::uint32_t size_class) const noexcept {
    return counts_[size_class] == kLayout.room[size_class];
  }
  [[nodiscard]] std::size_t count() const noexcept {
    return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// The header and what a small block holds, brought near the processor.
  static void bring_near(const BlockSlot& slot) noexcept {
    const auto* block = reinterpret_cast<const std::byte*>(slot.block);
    __builtin_prefetch(block, 1);
    __builtin_prefetch(block + 64, 1);
  }

  /// Precondition: not full.
  void push(std::uint32_t size_class, const BlockSlot& slot) noexcept {
    slots_of(size_class)[counts_[size_class]++] = slot;
    bytes_ += slot.bytes();
  }
  /// The one that came last; the next one is brought near meanwhile. Precondition: not empty.
  BlockSlot pop(std::uint32_t size_class) noexcept {
    const BlockSlot* const top = slots_of(size_class) + --counts_[size_class];
    bytes_ -= top->bytes();
    if (counts_[size_class] != 0) [[likely]]
      bring_near(top[-1]);
    return *top;
  }

  /// Takes the `most` that came first, at the most, out; they are in `taken`, oldest first.
  std::size_t take_oldest(std::uint32_t size_class, std::size_t most, std::span<BlockSlot> taken) noexcept {
    BlockSlot* const stack = slots_of(size_class);
    const std::size_t all = counts_[size_class];
    const std::size_t n = std::min({most, all, taken.size()});
    std::copy_n(stack, n, taken.begin());
    std::copy(stack + n, stack + all, stack);
    counts_[size_class] = static_cast<std::uint8_t>(all - n);
    for (std::size_t i = 0; i < n; ++i) bytes_ -= taken[i].bytes();
    return n;
  }

  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept {
    for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
      const BlockSlot* const stack = slots_ + kLayout.first[i];
      if (std::any_of(stack, stack + counts_[i], [&](const BlockSlot& slot) { return slot.block == block; }))
        return true;
    }
    return false;
  }

  static constexpr std::uint32_t kMostOfClass = ReadyLayout::kMostOfClass;
  static constexpr std::uint32_t capacity(std::uint32_t size_class) noexcept {
    return ReadyLayout::capacity(size_class);
  }

 private:
  static constexpr ReadyLayout kLayout = ReadyLayout::make();

  [[nodiscard]] BlockSlot* slots_of(std::uint32_t size_class) noexcept {
    return slots_ + kLayout.first[size_class];
  }

  BlockSlot* slots_;
  std::size_t bytes_ = 0;
  std::array<std::uint8_t, size_class::kCount> counts_{};
};

}  // namespace padlock::core
