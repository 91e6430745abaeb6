// An arena: a core heap behind a lock, over segments that it maps as it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/heap.h"
#include "os/lock.h"
#include "runtime/segment_table.h"

namespace padlock::runtime {

/// Thread-safe. The faults that a call finds go to its `faults` while the arena is locked, so the sink must
/// only note them.
class Arena {
 public:
  /// `owner`: this arena's mark in the segment table.
  Arena(SegmentOwner owner, const core::HeapConfig& config, std::span<core::QuarantineSlot> slots) noexcept;

  /// Null when the system gives no more memory.
  [[nodiscard]] void* allocate(const core::AllocRequest& request, core::FaultSink& faults) noexcept;
  void deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept;
  [[nodiscard]] core::ResizeOutcome resize(void* pointer, const core::AllocRequest& request,
                                           core::FaultSink& faults) noexcept;
  [[nodiscard]] std::size_t usable_size(const void* pointer, core::FaultSink& faults) noexcept;

  std::size_t check(core::Moment moment, core::FaultSink& faults) noexcept;
  /// Merges all that waits to be merged.
  void trim(core::FaultSink& faults) noexcept;
  [[nodiscard]] core::HeapStats stats() noexcept;

  [[nodiscard]] core::BlockSnapshot find_block(std::uintptr_t address) noexcept;
  /// The same; false where the arena is busy: for reports, which must never wait for a lock.
  bool try_find_block(std::uintptr_t address, core::BlockSnapshot& block) noexcept;

  /// For fork(2), and for nothing else.
  os::Lock& lock() noexcept { return lock_; }

 private:
  static core::Region* region_of(std::uintptr_t address, const void* arena) noexcept;
  bool add_segment() noexcept;

  os::Lock lock_;
  SegmentOwner owner_;
  core::Heap heap_;
};

}  // namespace padlock::runtime
