// Lays a region's bitmaps out in the memory that the caller gives for metadata.
#include "core/index/region.h"

#include <new>

namespace padlock::core {

Region* Region::create(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept {
  const auto base = address_of(blocks.data());
  if (base % kGranule != 0 || address_of(metadata.data()) % kGranule != 0) return nullptr;
  if (blocks.size() > kMaxRegion || blocks.size() / kGranule < kMinBlockGranules) return nullptr;
  if (metadata.size() < metadata_bytes(blocks.size())) return nullptr;

  auto* region = new (metadata.data()) Region;
  region->base_ = base;
  region->granules_ = static_cast<std::uint32_t>(blocks.size() / kGranule);
  region->open_ = region->granules_;
  auto* storage = reinterpret_cast<std::uint64_t*>(metadata.data() + align_up(sizeof(Region), kGranule));
  for (Bitmap* bitmap : {&region->starts, &region->idle, &region->condemned, &region->ghosts}) {
    bitmap->attach(storage, region->granules_);
    storage += Bitmap::words_for(region->granules_);
  }
  return region;
}

}  // namespace padlock::core
