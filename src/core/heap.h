// The heap: blocks with sealed headers and locked padding, a quarantine, late coalescing and best fit,
// over regions of memory that the caller hands in. Pure: no system call, no global, no lock, no clock.
//
// Not thread-safe; the caller serializes. Deterministic for a given configuration and call sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/config.h"
#include "core/fault.h"
#include "core/free_index.h"
#include "core/quarantine.h"
#include "core/region.h"
#include "core/seal.h"

namespace padlock::core {

enum class ResizeOutcome : std::uint8_t {
  kResized,    // in place; the contents up to the smaller size are kept
  kMustMove,   // the block is sound but does not fit: allocate, copy, deallocate
  kRefused,    // the pointer or the block is bad; a fault was reported
};

class BlockVisitor {
 public:
  virtual void visit(const BlockSnapshot& block) = 0;

 protected:
  ~BlockVisitor() = default;
};

class Heap {
 public:
  /// `quarantine_slots` (owned by the caller, at least as long-lived as the heap) bounds the number of
  /// quarantined blocks.
  Heap(const HeapConfig& config, std::span<QuarantineSlot> quarantine_slots) noexcept;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// Hands `blocks` (16-byte aligned, at most kMaxRegion bytes) to the heap, with `metadata` for its
  /// bitmaps: zeroed, 16-byte aligned, Region::metadata_bytes(blocks.size()) bytes, ideally out of reach
  /// of an overflow. False (and nothing taken) if either is unfit.
  bool add_region(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept;

  /// Null when no block fits: add a region and try again, or give up. The request must be valid
  /// (alignment a power of two <= kMaxAlignment, or 0).
  [[nodiscard]] void* allocate(const AllocRequest& request, FaultSink& faults) noexcept;

  /// `pointer` may be anything: whatever is not the start of a live block is a fault and changes nothing.
  void deallocate(void* pointer, const FreeRequest& request, FaultSink& faults) noexcept;

  /// Resizes without moving. `request.size` is the new size; its origin, that of the call (kMalloc).
  [[nodiscard]] ResizeOutcome resize(void* pointer, const AllocRequest& request, FaultSink& faults) noexcept;

  /// allocate, copy, deallocate where resize() must move. Null when refused or out of memory (then the
  /// old block is untouched).
  [[nodiscard]] void* reallocate(void* pointer, const AllocRequest& request, FaultSink& faults) noexcept;

  /// The requested size of a live block, exactly; 0 and a fault for any other pointer.
  [[nodiscard]] std::size_t usable_size(const void* pointer, FaultSink& faults) noexcept;

  /// The block of any state whose bytes (header to padding) hold `address`; absent if none does.
  [[nodiscard]] BlockSnapshot find_block(std::uintptr_t address) const noexcept;
  [[nodiscard]] bool contains(std::uintptr_t address) const noexcept;  // inside some region's blocks

  /// Empties the quarantine; every block leaves it verified.
  void flush_quarantine(FaultSink& faults) noexcept;
  /// Merges up to `max_blocks` pending blocks with their neighbours; returns how many were pending still
  /// to be merged when it began, at the most `max_blocks`.
  std::size_t coalesce(std::size_t max_blocks, FaultSink& faults) noexcept;

  /// Verifies every block (headers, padding, poison) and every index structure; reports all it finds and
  /// changes nothing. Returns the number of faults.
  std::size_t check(Moment moment, FaultSink& faults) const noexcept;

  /// Every block of every region, in address order within a region.
  void walk(BlockVisitor& visitor) const noexcept;

  [[nodiscard]] HeapStats stats() const noexcept;
};

}  // namespace padlock::core
