// Which live blocks something points to: words that look like pointers into a block are taken for such, from
// the roots on. Pure: it reads what it is given, and changes nothing but the blocks' marks.
#pragma once

#include <cstdint>

#include "base/range.h"
#include "runtime/leaks/live_blocks.h"
#include "runtime/leaks/own_list.h"

namespace padlock::runtime {

/// Whether words can be read: the parts of a range that can, one after the other.
class ReadableMemory {
 public:
  /// The first readable part of `range`, empty if there is none, or the range is.
  [[nodiscard]] virtual AddressRange first_readable(AddressRange range) const noexcept = 0;
  /// The first part that is not poisoned, of a block that has such memory.
  [[nodiscard]] virtual AddressRange first_unpoisoned(AddressRange range) const noexcept { return range; }

 protected:
  ~ReadableMemory() = default;
};

/// Not thread-safe.
class Marker {
 public:
  Marker(LiveBlocks& blocks, const ReadableMemory& memory) noexcept : blocks_(blocks), memory_(memory) {}

  /// Before anything else. False without memory.
  bool prepare() noexcept { return open_.reserve(blocks_.size() + 1); }

  /// Every aligned word in it is a root.
  void mark_from(AddressRange roots) noexcept;
  /// The block is in use, whatever points to it.
  void mark_block(std::uint32_t index) noexcept;
  /// Once all roots are known: of the blocks that none of them leads to, those that another one points to.
  void mark_leaked() noexcept;

 private:
  template <typename Visit>
  void for_each_pointer(AddressRange range, Visit visit) noexcept;
  template <typename Visit>
  void for_each_pointer_checked(AddressRange range, Visit visit) noexcept;
  template <typename Visit>
  void for_each_pointer_in(AddressRange contents, Visit visit) noexcept;
  template <typename Visit>
  void look_into(const LiveBlock& block, Visit visit) noexcept;
  void reach(std::uint32_t index) noexcept;
  void follow() noexcept;

  LiveBlocks& blocks_;
  const ReadableMemory& memory_;
  OwnList<std::uint32_t> open_;  // reached, and not looked into yet
};

}  // namespace padlock::runtime
