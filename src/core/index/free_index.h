// An index of idle blocks by size: segregated bins of doubly-linked lists. The links lie in the blocks'
// first 16 user bytes, encoded with the heap's key (never a canonical pointer), so every link is verified
// before it is followed: it must lead to a block that the out-of-band bitmap calls idle and that links back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "base/random.h"
#include "core/block/seal.h"
#include "core/index/bins.h"
#include "core/index/region_set.h"

namespace padlock::core {

/// What the first 16 user bytes of a listed block hold.
struct IdleLinks {
  std::uint64_t next;
  std::uint64_t prev;
};

class FreeIndex {
 public:
  FreeIndex(RegionSet& regions, const Keys& keys) noexcept : regions_(regions), keys_(keys) {}

  /// The outcome of a search. `damaged`: a block whose header or links do not verify was met; nothing
  /// else is set, and the index must be rebuilt without it.
  struct Hit {
    BlockHeader* block = nullptr;
    std::uint32_t granules = 0;
    const BlockHeader* damaged = nullptr;
  };
  [[nodiscard]] Hit find_exact(std::uint32_t granules) noexcept;
  /// The smallest of the first few candidates of the first bin with a block that has room for `granules`
  /// whose user pointer is aligned (`alignment`: a power of two, or 0).
  [[nodiscard]] Hit find_best(std::uint32_t granules, std::size_t alignment = 0) noexcept;
  [[nodiscard]] Hit any() noexcept;

  /// Both return null on success, otherwise the damaged block (and have changed nothing). insert() marks the
  /// block idle; remove() unmarks it and poisons the links.
  [[nodiscard]] const BlockHeader* insert(BlockHeader* block, std::uint32_t granules) noexcept;
  [[nodiscard]] const BlockHeader* remove(BlockHeader* block, std::uint32_t granules) noexcept;

  /// Null if the block's links verify, otherwise the damaged one of it and its neighbours in the list.
  [[nodiscard]] const BlockHeader* verify_links(const BlockHeader* block,
                                                std::uint32_t granules) const noexcept;
  /// What the links should be, found without trusting them: from the blocks that link to it. Slow.
  [[nodiscard]] IdleLinks expected_links(const BlockHeader* block) const noexcept;

  /// Of what never changes.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    return mix64(address_of(&regions_)) ^ address_of(&keys_);
  }
  /// Whether each bin that is marked, and no other, has a first block, which is one of the regions' idle
  /// blocks.
  [[nodiscard]] bool heads_hold() const noexcept;

  /// Forgets every block (their bytes and idle marks stay).
  void clear() noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// Of a link that lies, or is to lie, where `link` does.
  [[nodiscard]] std::uint64_t encode(const BlockHeader* target, const std::uint64_t& link) const noexcept;
  [[nodiscard]] BlockHeader* decode(const std::uint64_t& link) const noexcept;
  [[nodiscard]] IdleLinks links_at(const BlockHeader* block, const BlockHeader* next,
                                   const BlockHeader* prev) const noexcept;
  [[nodiscard]] bool is_idle(const BlockHeader* block) const noexcept;
  [[nodiscard]] bool prev_is_sound(const BlockHeader* block) const noexcept;
  [[nodiscard]] bool next_is_sound(const BlockHeader* block) const noexcept;
  struct Search {
    std::uint32_t granules = 0;
    std::size_t alignment = 0;
    unsigned seen = 0;  // candidates, in all bins
  };
  [[nodiscard]] Hit smallest_in(std::uint32_t bin, Search& search) noexcept;

  static constexpr unsigned kSearchLimit = 24;  // candidates looked at in one bin
  // As many in all while the next one fits only if it happens to be aligned.
  static constexpr unsigned kLuckLimit = 96;

  RegionSet& regions_;
  const Keys& keys_;
  BinMap map_;
  BlockHeader* heads_[BinMap::kBits] = {};  // a wild bit of the map leads to an empty one
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace padlock::core
