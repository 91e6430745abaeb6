// Whether a block has any of the marks that most blocks have none of, for a scan of a region from base to
// top: the bitmaps are then searched only where they have a bit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/index/block.h"

namespace padlock::core {

/// Where a bitmap has its next bit, for queries in ascending order.
class NextBit {
 public:
  NextBit(const Bitmap& bitmap, std::uint32_t end) noexcept
      : bitmap_(bitmap), end_(end), next_(first_from(0)) {}

  /// The first bit at or behind `from`, otherwise the end.
  std::uint32_t at_or_after(std::uint32_t from) noexcept {
    if (next_ < from) next_ = first_from(from);
    return next_;
  }

 private:
  [[nodiscard]] std::uint32_t first_from(std::uint32_t from) const noexcept {
    return std::min(bitmap_.first_in(from, end_), end_);
  }

  const Bitmap& bitmap_;
  std::uint32_t end_;
  std::uint32_t next_;
};

/// The marks that most blocks have none of.
class RareMarks {
 public:
  explicit RareMarks(const Region& region) noexcept
      : idle_(region.idle, region.top),
        condemned_(region.condemned, region.top),
        ghosts_(region.ghosts, region.top) {}

  bool none_in(BlockView block) noexcept {
    const std::uint32_t first =
        std::min({idle_.at_or_after(block.granule), condemned_.at_or_after(block.granule),
                  ghosts_.at_or_after(block.granule)});
    return first >= block.end();
  }

 private:
  NextBit idle_;
  NextBit condemned_;
  NextBit ghosts_;
};

}  // namespace padlock::core
