// Construction, regions and counters; each other operation has a file of its own.
#include "core/heap/heap.h"

namespace padlock::core {

Heap::Heap(const HeapConfig& config, std::span<BlockSlot> quarantine_slots) noexcept
    : state_(config, quarantine_slots),
      examiner_(state_),
      mender_(state_),
      coalesce_ready_bytes_(config.coalesce_ready_bytes),
      coalesce_batch_(config.coalesce_batch),
      fill_fresh_max_(config.fill_fresh_max) {}

bool Heap::add_region(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept {
  Region* region = Region::create(blocks, metadata);
  if (region == nullptr) return false;
  state_.regions.add(*region);
  return true;
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
