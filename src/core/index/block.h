// A block as it lies in its region: a stretch whose extent comes from out-of-band data, not from its header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/block/damage.h"
#include "core/index/region.h"

namespace padlock::core {

/// `RegionType`: Region, or const Region where nothing may be changed through it.
template <typename RegionType>
struct BlockIn {
  RegionType* region = nullptr;
  std::uint32_t granule = 0;
  std::uint32_t granules = 0;

  [[nodiscard]] bool present() const noexcept { return region != nullptr; }
  [[nodiscard]] auto* header() const noexcept { return region->header_at(granule); }
  [[nodiscard]] auto* user() const noexcept { return header()->user(); }
  [[nodiscard]] std::uint32_t end() const noexcept { return granule + granules; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_of(granules); }

  // NOLINTNEXTLINE(google-explicit-constructor): whatever may be changed may be looked at.
  operator BlockIn<const RegionType>() const noexcept requires(!std::is_const_v<RegionType>) {
    return {region, granule, granules};
  }
};
using Block = BlockIn<Region>;
using BlockView = BlockIn<const Region>;  // to be looked at only

inline Block block_at(Region& region, std::uint32_t start) noexcept {
  return {&region, start, region.length_at(start)};
}
inline BlockView block_at(const Region& region, std::uint32_t start) noexcept {
  return {&region, start, region.length_at(start)};
}

/// The neighbours in the region; absent where there is none.
template <typename AnyBlock>
AnyBlock block_before(const AnyBlock& block) noexcept {
  if (block.granule == 0) return {};  // a top that is damaged may be beyond everything
  const std::uint32_t start = block.region->start_of(block.granule - 1);
  return start == Bitmap::kNone ? AnyBlock{} : block_at(*block.region, start);
}
template <typename AnyBlock>
AnyBlock block_after(const AnyBlock& block) noexcept {
  return block.end() < block.region->top ? block_at(*block.region, block.end()) : AnyBlock{};
}

/// The first address behind the block.
inline std::uintptr_t end_of(BlockView block) noexcept {
  return address_of(block.region->bytes_at(block.end()));
}

/// The block and the header behind it, as far as the region is accessible: what a report may show of it.
inline AddressRange readable_around(BlockView block) noexcept {
  const std::uint32_t end = std::min(block.end() + kHeaderGranules, block.region->open());
  return {address_of(block.header()), address_of(block.region->bytes_at(end))};
}

}  // namespace padlock::core
