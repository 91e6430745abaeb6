// Arenas: locking, growing.
#include "runtime/arena.h"

#include <mutex>

#include "core/arith.h"
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

Arena::Arena(SegmentOwner owner, const core::HeapConfig& config,
             std::span<core::QuarantineSlot> slots) noexcept
    : owner_(owner), heap_(with_locator(config, &Arena::region_of, this), slots) {}

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

void Arena::deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  heap_.deallocate(pointer, request, faults);
}

core::ResizeOutcome Arena::resize(void* pointer, const core::AllocRequest& request,
                                  core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  return heap_.resize(pointer, request, faults);
}

std::size_t Arena::usable_size(const void* pointer, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  return heap_.usable_size(pointer, faults);
}

std::size_t Arena::check(core::Moment moment, core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
  return heap_.check(moment, faults);
}

void Arena::trim(core::FaultSink& faults) noexcept {
  const std::lock_guard guard(lock_);
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
