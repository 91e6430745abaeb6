// The stock: ready blocks that caches gave away, kept for other caches; for each size class a chain of crates
// of slots. It only remembers blocks, beside the heap; it never touches them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/sealed_link.h"
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
  /// Adds the first of these blocks of a class, as many as the newest crate has room for; returns how many.
  /// 0: only where add_memory() makes more.
  [[nodiscard]] std::size_t push(std::uint32_t size_class, std::span<const BlockSlot> slots) noexcept;

  /// The latest of a class, as many as there are and fit in; returns how many.
  std::size_t take(std::uint32_t size_class, std::span<BlockSlot> taken) noexcept;
  /// One of the latest of a class whose user pointer is aligned; false if none of them is.
  bool take_aligned(std::uint32_t size_class, std::size_t alignment, BlockSlot& taken) noexcept;
  /// The oldest crate of some class, another one each time; 0 if there is none.
  static constexpr std::size_t kCrate = 62;
  std::size_t take_crate(std::span<BlockSlot, kCrate> taken) noexcept;

  /// Whether all that is noted here fits together. Looks at every slot.
  [[nodiscard]] bool is_sound() const noexcept;
  /// Whether a chain was found to lead nowhere since this was asked last. Its blocks are not known any more.
  bool take_damaged() noexcept { return std::exchange(damaged_, false); }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// For repairs only: searches every slot.
  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept;
  /// `visit(slot)` for each.
  template <typename Visit>
  void for_each(Visit visit) const noexcept {
    for (const Chain& chain : chains_) {
      for (const Crate* crate = chain.oldest.get(); crate != nullptr; crate = crate->newer.get()) {
        for (std::size_t i = 0; i < crate->count.value(); ++i) visit(crate->slots[i]);
      }
    }
  }

 private:
  /// Of slots, twice, so that a change is seen; then it counts none.
  class Count {
   public:
    constexpr Count() noexcept = default;
    constexpr Count(std::size_t value) noexcept  // NOLINT: is a number
        : value_(static_cast<std::uint32_t>(value)), inverted_(~value_) {}
    [[nodiscard]] std::size_t value() const noexcept { return value_ == ~inverted_ ? value_ : 0; }

   private:
    std::uint32_t value_ = 0;
    std::uint32_t inverted_ = UINT32_MAX;
  };
  struct Crate {
    static constexpr std::size_t kSlots = kCrate;
    SealedLink<Crate> older;
    SealedLink<Crate> newer;
    Count count;
    BlockSlot slots[kSlots];
  };
  /// No crate in it is empty.
  struct Chain {
    SealedLink<Crate> oldest;
    SealedLink<Crate> newest;
  };

  void put_by(Crate* crate) noexcept;
  Crate* open_crate(Chain& chain) noexcept;
  [[nodiscard]] Crate* at_end(Chain& chain, SealedLink<Crate> Chain::*end) noexcept;
  void close_newest(Chain& chain) noexcept;
  void close_oldest(Chain& chain) noexcept;
  void drop(Chain& chain) noexcept;
  [[nodiscard]] static std::size_t bytes_of(std::span<const BlockSlot> slots) noexcept;
  void forget(std::span<const BlockSlot> slots) noexcept;
  struct Sum {
    std::size_t count = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] static bool add_sound(const Chain& chain, Sum& sum) noexcept;

  SealedLink<Crate> spare_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t turn_ = 0;  // the class that take_crate() looks at next
  bool damaged_ = false;
  std::array<Chain, size_class::kCount> chains_;
};

}  // namespace padlock::core
