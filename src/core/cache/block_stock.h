// The stock: ready blocks that caches gave away, kept for other caches; for each size class a chain of crates
// of slots. It only remembers blocks, beside the heap; it never touches them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/block/slot.h"
#include "core/cache/size_class.h"

namespace padlock::core {

/// Not thread-safe. What came last goes out first, since it is the likeliest to be in the processor's cache.
class BlockStock {
 public:
  BlockStock() noexcept = default;
  BlockStock(const BlockStock&) = delete;
  BlockStock& operator=(const BlockStock&) = delete;

  /// Memory for crates, 16-byte aligned: the caller's, outlives the stock, is never given back.
  void add_memory(std::span<std::byte> memory) noexcept;
  /// Whether push() has room for one more of the class; if not, add_memory() makes some.
  [[nodiscard]] bool has_room(std::uint32_t size_class) const noexcept {
    const Crate* newest = chains_[size_class].newest;
    return spare_ != nullptr || (newest != nullptr && newest->count < Crate::kSlots);
  }
  /// Precondition: has_room(size_class).
  void push(std::uint32_t size_class, const BlockSlot& slot) noexcept;

  /// The latest of a class, as many as there are and fit in; returns how many.
  std::size_t take(std::uint32_t size_class, std::span<BlockSlot> taken) noexcept;
  /// One of the latest of a class whose user pointer is aligned; false if none of them is.
  bool take_aligned(std::uint32_t size_class, std::size_t alignment, BlockSlot& taken) noexcept;
  /// The oldest crate of some class, another one each time; 0 if there is none.
  static constexpr std::size_t kCrate = 62;
  std::size_t take_crate(std::span<BlockSlot, kCrate> taken) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// For repairs only: searches every slot.
  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept;
  /// `visit(slot)` for each.
  template <typename Visit>
  void for_each(Visit visit) const noexcept {
    for (const Chain& chain : chains_) {
      for (const Crate* crate = chain.oldest; crate != nullptr; crate = crate->newer) {
        for (std::size_t i = 0; i < crate->count; ++i) visit(crate->slots[i]);
      }
    }
  }

 private:
  struct Crate {
    static constexpr std::size_t kSlots = kCrate;
    Crate* older = nullptr;
    Crate* newer = nullptr;
    std::size_t count = 0;
    BlockSlot slots[kSlots];
  };
  /// No crate in it is empty.
  struct Chain {
    Crate* oldest = nullptr;
    Crate* newest = nullptr;
  };

  void put_by(Crate* crate) noexcept;
  void open_crate(Chain& chain) noexcept;
  void close_newest(Chain& chain) noexcept;
  void close_oldest(Chain& chain) noexcept;
  void forget(std::span<const BlockSlot> slots) noexcept;

  Crate* spare_ = nullptr;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t turn_ = 0;  // the class that take_crate() looks at next
  std::array<Chain, size_class::kCount> chains_;
};

}  // namespace padlock::core
