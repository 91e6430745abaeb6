// The quarantine: freed blocks held back from reuse, oldest out first, with a little seeded jitter where that
// is asked for. It only remembers blocks, in slots beside the heap; it never touches them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "base/arith.h"
#include "base/random.h"
#include "core/block/slot.h"

namespace padlock::core {

class Quarantine {
 public:
  /// Bounded by `max_bytes` (headers and padding counted) and by the number of `slots` (caller's).
  /// `seed`: of the jitter. `first`: how many slots to go round in before widen().
  Quarantine(std::span<BlockSlot> slots, std::size_t max_bytes, std::uint64_t seed = 0,
             std::size_t first = SIZE_MAX) noexcept
      : begin_(slots.data()),
        end_(begin_ + std::min(slots.size(), first)),
        head_(begin_),
        tail_(begin_),
        room_(max_bytes == 0 ? 0 : end_ - begin_),
        most_(max_bytes == 0 ? 0 : std::ssize(slots)),
        jitter_(seed * kGolden) {
    limit(max_bytes);
  }

  /// The bound from now on, no more than the constructor's `max_bytes`.
  void limit(std::size_t bytes) noexcept {
    limit_ = bytes / kGranule;
    well_filled_ = (bytes - bytes / 8) / kGranule;
  }

  /// True while a block has to leave before the next one may enter, or the bytes are over the bound.
  [[nodiscard]] bool over_limit() const noexcept { return granules_ > limit_ || full(); }
  /// True from a little below the limit on. Evicting one block per push from this level on (more above the
  /// limit) keeps the level between the two and branches predictable.
  [[nodiscard]] bool well_filled() const noexcept { return granules_ > well_filled_ || full(); }
  [[nodiscard]] bool accepts() const noexcept { return count_ != room_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t bytes() const noexcept { return granules_ * kGranule; }
  [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }

  /// Where it does not accept a block: goes round in twice as many slots, if there are more. A few blocks in
  /// many slots would touch them all.
  bool widen() noexcept {
    if (room_ == most_) return false;
    std::rotate(begin_, head_, end_);
    head_ = begin_;
    tail_ = end_;
    room_ = std::min(room_ * 2, most_);
    end_ = begin_ + room_;
    return true;
  }

  /// Precondition: accepts().
  [[gnu::always_inline]] void push(BlockSlot slot) noexcept {
    *tail_ = slot;
    tail_ = next(tail_);
    ++count_;
    granules_ += slot.granules;
  }

  /// The oldest. Precondition: not empty.
  [[gnu::always_inline]] BlockSlot pop() noexcept {
    const BlockSlot slot = *head_;
    drop_oldest(slot);
    return slot;
  }

  /// One of the few oldest. Precondition: not empty.
  BlockSlot pop_by_chance() noexcept {
    BlockSlot* chosen = head_;
    if (count_ >= kJitter && end_ - head_ >= kJitter) [[likely]] {
      chosen += jitter_ % kJitter;
      jitter_ = std::rotr(jitter_, 2) + kGolden;  // chance enough for the order of leaving
    }
    const BlockSlot slot = *chosen;
    *chosen = *head_;
    drop_oldest(slot);
    return slot;
  }

  /// For repairs only: these two search every slot.
  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept { return find(block) != count(); }
  /// False if the block is not here.
  bool remove(const BlockHeader* block) noexcept {
    const std::size_t index = find(block);
    if (index == count()) return false;
    const BlockSlot slot = at(index);
    for (std::size_t i = index; i > 0; --i) at(i) = at(i - 1);  // the others keep their order
    drop_oldest(slot);
    return true;
  }

  /// Of what never changes.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    return mix64(address_of(begin_)) ^ static_cast<std::uint64_t>(most_);
  }
  /// Whether the rest fits that: then every slot lies among them.
  [[nodiscard]] bool is_sound() const noexcept {
    if (room_ < 0 || room_ > most_ || count_ < 0 || count_ > room_ || room_ == 0)
      return count_ == 0 && room_ == 0;
    const bool inside = head_ >= begin_ && head_ < end_ && tail_ >= begin_ && tail_ < end_;
    return end_ == begin_ + room_ && inside && (tail_ - head_ - count_) % room_ == 0 && is_aligned();
  }

  /// Whether the slots are those of as many bytes as are counted. Precondition: is_sound().
  [[nodiscard]] bool adds_up() const noexcept {
    std::size_t granules = 0;
    for (std::size_t i = 0; i < count(); ++i) granules += at(i).granules;
    return granules == granules_;
  }

  /// What the `index`th slot holds, 0 the oldest; index < count().
  struct Held {
    const BlockHeader* block;
    std::uint32_t granules;
  };
  [[nodiscard]] Held peek(std::size_t index) const noexcept {
    const BlockSlot& slot = at(index);
    return {slot.block, slot.granules};
  }

 private:
  static constexpr std::ptrdiff_t kJitter = 4;  // two bits of chance
  static constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

  // Not beside a slot.
  [[nodiscard]] bool is_aligned() const noexcept {
    return (address_of(head_) - address_of(begin_)) % sizeof(BlockSlot) == 0 &&
           (address_of(tail_) - address_of(begin_)) % sizeof(BlockSlot) == 0;
  }

  [[nodiscard]] bool full() const noexcept { return count_ == most_; }

  [[nodiscard]] BlockSlot& at(std::size_t index) const noexcept {
    const auto before_the_wrap = static_cast<std::size_t>(end_ - head_);
    return index < before_the_wrap ? head_[index] : begin_[index - before_the_wrap];
  }

  [[nodiscard]] std::size_t find(const BlockHeader* block) const noexcept {
    std::size_t index = 0;
    while (index < count() && at(index).block != block) ++index;
    return index;
  }

  [[nodiscard]] BlockSlot* next(BlockSlot* slot) const noexcept {
    return slot + 1 == end_ ? begin_ : slot + 1;
  }

  // The place of the oldest becomes free; `slot` is the one that leaves.
  void drop_oldest(BlockSlot slot) noexcept {
    head_ = next(head_);
    --count_;
    granules_ -= slot.granules;
  }

  BlockSlot* begin_;
  BlockSlot* end_;
  BlockSlot* head_;        // the oldest
  BlockSlot* tail_;        // where the next one goes
  std::ptrdiff_t room_;    // slots up to `end_`; 0 where nothing is held back
  std::ptrdiff_t most_;    // slots in all, or 0
  std::size_t limit_ = 0;  // granules, as the next two
  std::size_t well_filled_ = 0;
  std::size_t granules_ = 0;
  std::ptrdiff_t count_ = 0;
  std::uint64_t jitter_;
};

}  // namespace padlock::core
