// Lays a region's bitmaps out in the memory that the caller gives for metadata.
#include "core/index/region.h"

#include <new>

#include "base/random.h"

namespace padlock::core {
namespace {

constexpr std::size_t kMarksOffset = align_up(sizeof(Region), kGranule);

}  // namespace

Region* Region::create(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept {
  const auto base = address_of(blocks.data());
  if (base % kGranule != 0 || address_of(metadata.data()) % kGranule != 0) return nullptr;
  if (blocks.size() > kMaxRegion || blocks.size() / kGranule < kMinBlockGranules) return nullptr;
  if (metadata.size() < metadata_bytes(blocks.size())) return nullptr;

  auto* region = new (metadata.data()) Region;
  region->base_ = base;
  region->granules_ = static_cast<std::uint32_t>(blocks.size() / kGranule);
  region->laid_out_ = region->open_ = region->granules_;
  auto* storage = reinterpret_cast<std::uint64_t*>(metadata.data() + kMarksOffset);
  for (Bitmap* bitmap : {&region->starts, &region->idle, &region->condemned, &region->ghosts}) {
    bitmap->attach(storage, region->granules_);
    storage += Bitmap::words_for(region->granules_);
  }
  region->seal();
  return region;
}

std::uint64_t Region::seal_of_fields() const noexcept {
  const std::uint64_t sizes = std::uint64_t{laid_out_} << 32 | granules_;
  return mix64(mix64(mix64(base_) ^ sizes) ^ address_of(next_)) ^ address_of(this);
}

bool Region::is_sound() const noexcept {
  if (seal_ != seal_of_fields() || granules_ > laid_out_ || open() > granules_ || top > open()) return false;
  const auto* storage = reinterpret_cast<const std::uint64_t*>(address_of(this) + kMarksOffset);
  for (const Bitmap* bitmap : {&starts, &idle, &condemned, &ghosts}) {
    if (!bitmap->is_attached(storage, laid_out_)) return false;
    storage += Bitmap::words_for(laid_out_);
  }
  return true;
}

}  // namespace padlock::core
