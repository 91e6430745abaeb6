// Mapping the stage, and setting up the heap on it.
#include "model/stage.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "model/require.h"
#include "model/shadow.h"
#include "support/found_once.h"

namespace padlock::fuzz {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uintptr_t kBase = 0x200000000000;  // free on Linux x86-64, with and without ASan
constexpr std::uintptr_t kStride = 0x400000;
constexpr std::size_t kMetadataBytes = 2 * kPage;
constexpr std::size_t kSlots = 256;
constexpr std::byte kNeverUsed{0xEE};

static_assert(core::Region::metadata_bytes(Stage::kMaxRegionBytes) <= kMetadataBytes);

// `bytes` (whole pages) at `address`; the pages around stay unmapped.
std::span<std::byte> map_at(std::uintptr_t address, std::size_t bytes) {
  void* memory = mmap(reinterpret_cast<void*>(address), bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  require(memory == reinterpret_cast<void*>(address), "the harness gets its memory", {{"address", address}});
  return {static_cast<std::byte*>(memory), bytes};
}

struct Memory {
  std::array<std::span<std::byte>, Stage::kMaxRegions> blocks;
  std::array<std::span<std::byte>, Stage::kMaxRegions> metadata;
  std::span<std::byte> slots;
  std::span<std::byte> foreign;

  Memory() {
    std::uintptr_t address = kBase;
    for (std::size_t i = 0; i < Stage::kMaxRegions; ++i, address += kStride) {
      blocks[i] = map_at(address, Stage::kMaxRegionBytes);
      metadata[i] = map_at(address + kStride / 2, kMetadataBytes);
    }
    slots = map_at(address, kSlots * sizeof(core::BlockSlot));
    foreign = map_at(address + kStride, kPage);
  }
};

Memory& memory() {
  static Memory instance;
  return instance;
}

// Against the guard page behind or, for every other region, the one in front.
std::span<std::byte> place(std::span<std::byte> room, std::size_t bytes, bool at_end) noexcept {
  return at_end ? room.last(bytes) : room.first(bytes);
}

}  // namespace

std::span<std::byte> foreign_memory() noexcept { return memory().foreign; }

// Maps the memory before the first input, so that the first one runs like every other (AFL++'s stability).
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(foreign_memory());
  find_out_once();
  return 0;
}

Stage::Stage(const Setup& setup, IsCached is_cached, const void* context) {
  core::HeapConfig config;
  config.is_cached = is_cached;
  config.cached_context = context;
  config.key = 0x9E3779B97F4A7C15U * (setup.key + std::uint64_t{1});
  config.seed = setup.seed;
  config.quarantine_bytes = setup.max_quarantine_bytes();
  config.coalesce_ready_bytes = setup.max_pending_bytes();
  config.coalesce_batch = setup.batch();
  if (setup.has_locator()) {
    config.locate_region = &Stage::locate;
    config.locate_context = this;
  }
  const std::size_t slot_bytes = setup.slot_count() * sizeof(core::BlockSlot);
  const std::span<std::byte> slots = place(memory().slots, slot_bytes, true);
  std::memset(slots.data(), 0, slots.size());
  slots_ = {reinterpret_cast<core::BlockSlot*>(slots.data()), setup.slot_count()};
  heap_.emplace(config, slots_);
  static_cast<void>(add_region(setup.first_region_bytes()));
}

bool Stage::add_region(std::size_t bytes) {
  const std::size_t index = regions_.size();
  if (index == kMaxRegions) return false;
  const std::size_t least = core::kMinBlockGranules * core::kGranule;
  const bool at_end = index % 2 == 0;
  bytes = std::clamp(bytes, least, kMaxRegionBytes);
  if (at_end) bytes = bytes / core::kGranule * core::kGranule;
  const std::span<std::byte> blocks = place(memory().blocks[index], bytes, at_end);
  const std::span<std::byte> metadata =
      place(memory().metadata[index], core::Region::metadata_bytes(bytes), true);
  // What lies beside the region is nobody's.
  hide(memory().blocks[index].data(), kMaxRegionBytes);
  reveal(blocks.data(), blocks.size());
  std::memset(blocks.data(), static_cast<int>(kNeverUsed), blocks.size());
  std::memset(metadata.data(), 0, metadata.size());
  // The region becomes known to the locator before the heap can ask.
  regions_.push_back(blocks.first(bytes / core::kGranule * core::kGranule));
  require(heap_->add_region(blocks, metadata), "a fit region is accepted", {{"bytes", bytes}});
  return true;
}

std::span<std::byte> Stage::region_of(std::uintptr_t address) const noexcept {
  for (const std::span<std::byte> region : regions_) {
    if (address - address_of(region.data()) < region.size()) return region;
  }
  return {};
}

core::Region* Stage::locate(std::uintptr_t address, const void* stage) {
  const std::vector<std::span<std::byte>>& regions = static_cast<const Stage*>(stage)->regions_;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (address - address_of(regions[i].data()) >= regions[i].size()) continue;
    // A region object lies at the front of its metadata, whose size depends on whole granules only.
    const auto metadata = place(memory().metadata[i], core::Region::metadata_bytes(regions[i].size()), true);
    return reinterpret_cast<core::Region*>(metadata.data());
  }
  return nullptr;
}

core::Region& Stage::metadata_of(std::uintptr_t address) const noexcept { return *locate(address, this); }

void Stage::reveal_all() const noexcept {
  for (const std::span<std::byte> region : regions_) reveal(region.data(), region.size());
}

}  // namespace padlock::fuzz
