#include "core/heap/heap.h"

namespace padlock::core {

Heap::Heap(const HeapConfig& config, std::span<BlockSlot> quarantine_slots) noexcept
    : config_(config),
      keys_(Keys::derive(config.key)),
      regions_(config.locate_region, config.locate_context),
      quarantine_(quarantine_slots, config.quarantine_bytes, config.seed),
      ready_(regions_, keys_),
      free_(regions_, keys_) {}

bool Heap::add_region(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept {
  Region* region = Region::create(blocks, metadata);
  if (region == nullptr) return false;
  regions_.add(*region);
  return true;
}

Block Heap::block_at(Region& region, std::uint32_t start) const noexcept {
  return {&region, start, region.length_at(start)};
}

Block Heap::block_before(const Block& block) const noexcept {
  if (block.granule == 0) return {};
  const std::uint32_t start = block.region->start_of(block.granule - 1);
  return start == Bitmap::kNone ? Block{} : block_at(*block.region, start);
}

Block Heap::block_after(const Block& block) const noexcept {
  return block.end() < block.region->top ? block_at(*block.region, block.end()) : Block{};
}

BlockSnapshot Heap::snapshot(const Block& block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), keys_, fields) == HeaderVerdict::kIntact) {
    return snapshot_of(block.header(), block.granules, fields);
  }
  const HeaderRepair repair = repair_of(block);
  return repair.found ? snapshot_of(block.header(), block.granules, repair.fields)
                      : snapshot_of(block.header(), block.granules);
}

bool Heap::contains(std::uintptr_t address) const noexcept { return regions_.find(address) != nullptr; }

BlockSnapshot Heap::find_block(std::uintptr_t address) const noexcept {
  Region* region = regions_.find(address);
  if (region == nullptr) return {};
  const std::uint32_t start = region->start_of(region->granule_of(address));
  return start == Bitmap::kNone ? BlockSnapshot{} : snapshot(block_at(*region, start));
}

void Heap::walk(BlockVisitor& visitor) const noexcept {
  for (Region* region = regions_.first(); region != nullptr; region = region->next) {
    std::uint32_t start = region->starts.first_in(0, region->top);
    while (start != Bitmap::kNone) {
      visitor.visit(snapshot(block_at(*region, start)));
      start = region->starts.first_in(start + 1, region->top);
    }
  }
}

HeapStats Heap::stats() const noexcept {
  HeapStats stats = stats_;
  stats.quarantined_blocks = quarantine_.count();
  stats.quarantined_bytes = quarantine_.bytes();
  stats.ready_bytes = ready_.bytes();
  stats.free_bytes = free_.bytes();
  for (const Region* region = regions_.first(); region != nullptr; region = region->next) {
    ++stats.regions;
    stats.unallocated_bytes += std::size_t{region->granules() - region->top} * kGranule;
  }
  return stats;
}

}  // namespace padlock::core
