// Size classes of the blocks that caches hold: every granule count of its own up to 1 KiB, then sixteen
// classes for every doubling, up to 32 KiB.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/block/layout.h"

namespace padlock::core {

namespace size_class {

inline constexpr std::uint32_t kExactGranules = 64;   // up to here a class has one length
inline constexpr std::uint32_t kMostGranules = 2048;  // of a cached block
inline constexpr std::uint32_t kStepsPerDoubling = 16;
inline constexpr std::uint32_t kExactClasses = kExactGranules - kMinBlockGranules + 1;
inline constexpr std::uint32_t kDoublings = 5;  // 64 to 2048
inline constexpr std::uint32_t kCount = kExactClasses + kDoublings * kStepsPerDoubling;

/// Whether a block that a cache holds may be as long: one that is cut from the end of a longer stretch keeps
/// what would be too short for a block.
constexpr bool may_be_cached(std::uint32_t granules) noexcept {
  return granules >= kMinBlockGranules && granules < kMostGranules + kMinBlockGranules;
}

/// The largest request that a cached block can hold, bytes.
inline constexpr std::size_t kMostRequested = capacity_of(kMostGranules) - kMinPadding;

/// The class whose blocks are the shortest of at least `granules` (kMinBlockGranules..kMostGranules).
constexpr std::uint32_t at_least(std::uint32_t granules) noexcept {
  if (granules <= kExactGranules) [[likely]]
    return granules - kMinBlockGranules;
  const auto width = static_cast<std::uint32_t>(std::bit_width(granules - 1));
  const std::uint32_t step = (granules - 1 - (1U << (width - 1))) >> (width - 5);
  return kExactClasses + (width - 7) * kStepsPerDoubling + step;
}

/// The length of a class's blocks, in granules.
constexpr std::uint32_t granules_of(std::uint32_t index) noexcept {
  if (index < kExactClasses) return index + kMinBlockGranules;
  const std::uint32_t doubling = (index - kExactClasses) / kStepsPerDoubling;
  const std::uint32_t step = (index - kExactClasses) % kStepsPerDoubling;
  return (kExactGranules << doubling) + ((step + 1) << (doubling + 2));
}

/// The class of the longest blocks of at most `granules` >= kMinBlockGranules.
constexpr std::uint32_t at_most(std::uint32_t granules) noexcept {
  const std::uint32_t index = at_least(std::min(granules, kMostGranules));
  return granules_of(index) <= granules ? index : index - 1;
}

}  // namespace size_class

}  // namespace padlock::core
