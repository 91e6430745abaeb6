// Arenas: locking, growing.
#include "runtime/arena.h"

#include <mutex>

#include "core/arith.h"
#include "runtime/numbers.h"
#include "runtime/segment.h"

namespace padlock::runtime {
namespace {

core::HeapConfig with_locator(core::HeapConfig config, core::RegionLocator locator,
                              const void* context) noexcept {
  config.locate_region = locator;
  config.locate_context = context;
  return config;
}

constexpr std::size_t kCoalesceBatch = 256;  // blocks

}  // namespace

Arena::Arena(SegmentOwner owner, const core::HeapConfig& config, std::span<core::BlockSlot> slots,
             std::span<core::BlockSlot> ready) noexcept
    : owner_(owner), heap_(with_locator(config, &Arena::region_of, this), slots), ready_(ready) {}

core::Region* Arena::region_of(std::uintptr_t address, const void* arena) noexcept {
  const SegmentOwner owner = static_cast<const Arena*>(arena)->owner_;
  return segment_table.owner_of(address) == owner ? region_of_segment(address) : nullptr;
}

void* Arena::allocate(const core::AllocRequest& request, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  if (void* memory = heap_.allocate(request, faults); memory != nullptr) return memory;
  if (add_segment()) return heap_.allocate(request, faults);
  heap_.flush_quarantine(faults);  // better a shorter memory than none
  return heap_.allocate(request, faults);
}

bool Arena::add_segment() noexcept {
  const Segment segment = map_segment();
  if (!segment.present()) return false;
  if (!heap_.add_region(segment.blocks, segment.metadata)) {
    unmap_segment(segment);
    return false;
  }
  segment_table.set_owner(core::address_of(segment.metadata.data()), kSegmentSize, owner_);
  return true;
}

std::size_t Arena::lend(std::uint32_t size_class, std::span<core::BlockSlot> lent,
                        core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  std::size_t count = 0;
  while (count < lent.size() && !ready_.empty(size_class)) lent[count++] = ready_.pop(size_class);
  if (count != 0) return count;
  const std::uint32_t granules = core::size_class::granules_of(size_class);
  const std::uint64_t number = number_source.upper_bound();
  count = heap_.lend(granules, lent, number, faults);
  if (count == 0 && add_segment()) count = heap_.lend(granules, lent, number, faults);
  if (count != 0) return count;
  heap_.flush_quarantine(faults);  // better a shorter memory than none
  return heap_.lend(granules, lent, number, faults);
}

void Arena::take_back(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.observe_number(number_source.upper_bound());
  for (const core::BlockSlot& slot : slots) {
    const std::uint32_t size_class = core::size_class::at_most(slot.granules);
    if (ready_.full(size_class)) {
      return_ready(size_class, core::ReadyBlocks::capacity(size_class) / 2, faults);
    }
    ready_.push(size_class, slot);
  }
}

/// The oldest of a class go to the heap, where they are merged.
void Arena::return_ready(std::uint32_t size_class, std::size_t most, core::FaultSink& faults) noexcept {
  core::BlockSlot leaving[core::ReadyBlocks::kMostOfClass];
  const std::size_t count = ready_.take_oldest(size_class, most, leaving);
  for (std::size_t i = 0; i < count; ++i) heap_.take_back(leaving[i], core::Moment::kEviction, faults);
}

void Arena::look_into(const core::BlockSlot& slot, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.observe_number(number_source.upper_bound());
  heap_.take_back(slot, core::Moment::kReuse, faults);
}

std::size_t Arena::waiting_blocks() noexcept {
  const std::lock_guard guard(lock_);
  return ready_.count();
}

std::size_t Arena::waiting_bytes() noexcept {
  const std::lock_guard guard(lock_);
  return ready_.bytes();
}

void Arena::deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.observe_number(number_source.upper_bound());
  heap_.deallocate(pointer, request, faults);
}

core::ResizeOutcome Arena::resize(void* pointer, const core::AllocRequest& request,
                                  core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  return heap_.resize(pointer, request, faults);
}

std::size_t Arena::usable_size(const void* pointer, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.observe_number(number_source.upper_bound());
  return heap_.usable_size(pointer, faults);
}

std::size_t Arena::check(core::Moment moment, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.observe_number(number_source.upper_bound());
  return heap_.check(moment, faults);
}

void Arena::trim(core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  for (std::uint32_t i = 0; i < core::size_class::kCount; ++i) {
    return_ready(i, core::ReadyBlocks::kMostOfClass, faults);
  }
  while (heap_.coalesce(kCoalesceBatch, faults) != 0) {
  }
}

core::HeapStats Arena::stats() noexcept {
  const std::lock_guard guard(lock_);
  return heap_.stats();
}

core::BlockSnapshot Arena::find_block(std::uintptr_t address) noexcept {
  const std::lock_guard guard(lock_);
  return heap_.find_block(address);
}

bool Arena::try_find_block(std::uintptr_t address, core::BlockSnapshot& block) noexcept {
  const std::unique_lock guard(lock_, std::try_to_lock);
  if (!guard.owns_lock()) return false;
  block = heap_.find_block(address);
  return true;
}

}  // namespace padlock::runtime
