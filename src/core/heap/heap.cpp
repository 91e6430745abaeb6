// Construction, regions and counters; each other operation has a file of its own.
#include "core/heap/heap.h"

namespace padlock::core {

Heap::Heap(const HeapConfig& config, std::span<BlockSlot> quarantine_slots) noexcept
    : state_(config, quarantine_slots),
      examiner_(state_),
      mender_(state_),
      coalesce_ready_bytes_(config.coalesce_ready_bytes),
      coalesce_batch_(config.coalesce_batch),
      fill_fresh_max_(config.fill_fresh_max),
      open_memory_(config.open_memory) {}

bool Heap::add_region(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept {
  Region* region = Region::create(blocks, metadata);
  if (region == nullptr) return false;
  if (open_memory_ != nullptr) region->open_to(0);
  state_.regions.add(*region);
  return true;
}

// Whether all memory before granule `end` is accessible, or can be made so.
bool Heap::reach(Region& region, std::uint32_t end) noexcept {
  if (end <= region.open()) return true;
  if (open_memory_ == nullptr) return false;
  const std::uintptr_t opened = open_memory_(region.open_end(), address_of(region.bytes_at(end)));
  region.open_to(static_cast<std::uint32_t>((opened - region.base()) / kGranule));
  return end <= region.open();
}

bool Heap::contains(std::uintptr_t address) const noexcept { return state_.regions.find(address) != nullptr; }

HeapStats Heap::stats() const noexcept {
  HeapStats stats = state_.stats;
  stats.quarantined_blocks = state_.quarantine.count();
  stats.quarantined_bytes = state_.quarantine.bytes();
  stats.ready_bytes = state_.ready.bytes();
  stats.free_bytes = state_.free.bytes();
  for (const Region& region : state_.regions) {
    ++stats.regions;
    stats.unallocated_bytes += std::size_t{region.granules() - region.top} * kGranule;
  }
  return stats;
}

}  // namespace padlock::core
