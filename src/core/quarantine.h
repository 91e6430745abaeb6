// The quarantine: freed blocks held back from reuse, oldest out first with a little seeded jitter. It only
// remembers blocks, in slots beside the heap; it never touches them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/config.h"
#include "core/random.h"

namespace padlock::core {

struct BlockHeader;

struct QuarantineSlot {
  BlockHeader* block = nullptr;
  std::uint32_t granules = 0;
};

class Quarantine {
 public:
  /// Bounded by `max_bytes` (headers and padding counted) and by the number of `slots` (caller's).
  Quarantine(std::span<QuarantineSlot> slots, std::size_t max_bytes, std::uint64_t seed) noexcept
      : slots_(slots), max_bytes_(max_bytes), random_(seed) {}

  /// True while a block has to leave before the next one may enter, or the bytes are over the bound.
  [[nodiscard]] bool over_limit() const noexcept { return bytes_ > max_bytes_ || count_ == slots_.size(); }
  [[nodiscard]] bool accepts() const noexcept { return max_bytes_ != 0 && count_ < slots_.size(); }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// Precondition: accepts().
  void push(QuarantineSlot slot) noexcept {
    at(count_) = slot;
    ++count_;
    bytes_ += std::size_t{slot.granules} * kGranule;
  }

  /// One of the few oldest. Precondition: not empty.
  QuarantineSlot pop() noexcept {
    const auto window = static_cast<std::uint32_t>(count_ < kJitter ? count_ : kJitter);
    std::swap(at(0), at(random_.below(window)));
    return take_oldest();
  }

  /// For repairs only: these two search every slot.
  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept { return find(block) != count_; }
  /// False if the block is not here.
  bool remove(const BlockHeader* block) noexcept {
    const std::size_t index = find(block);
    if (index == count_) return false;
    const QuarantineSlot slot = peek(index);
    for (std::size_t i = index; i > 0; --i) at(i) = at(i - 1);  // the others keep their order
    at(0) = slot;
    take_oldest();
    return true;
  }

  /// The `index`th slot, 0 the oldest; index < count().
  [[nodiscard]] const QuarantineSlot& peek(std::size_t index) const noexcept {
    const std::size_t position = head_ + index;
    return slots_[position < slots_.size() ? position : position - slots_.size()];
  }

 private:
  static constexpr std::size_t kJitter = 4;

  QuarantineSlot& at(std::size_t index) noexcept { return const_cast<QuarantineSlot&>(peek(index)); }

  [[nodiscard]] std::size_t find(const BlockHeader* block) const noexcept {
    std::size_t index = 0;
    while (index < count_ && peek(index).block != block) ++index;
    return index;
  }

  QuarantineSlot take_oldest() noexcept {
    const QuarantineSlot slot = at(0);
    head_ = head_ + 1 == slots_.size() ? 0 : head_ + 1;
    --count_;
    bytes_ -= std::size_t{slot.granules} * kGranule;
    return slot;
  }

  std::span<QuarantineSlot> slots_;
  std::size_t max_bytes_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  Random random_;
};

}  // namespace padlock::core
