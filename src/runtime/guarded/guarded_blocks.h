// Guarded blocks: a few blocks of each call site, each on pages of its own, so that an access beyond their
// end or before their beginning traps at once, reads included. Freed ones are closed, and stay so until as
// much address space as the quarantine holds has been freed since. Described out of band only; what alignment
// leaves over around them has a canary. Which allocations are guarded is decided elsewhere (guard_sites.h).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "core/block/seal.h"
#include "core/config.h"
#include "core/examine/examiner.h"
#include "core/fault.h"
#include "os/lock.h"
#include "runtime/guarded/guarded_region.h"
#include "runtime/guarded/guarded_slot.h"
#include "runtime/memory/page_hit.h"

namespace padlock::runtime {

struct GuardedStats {
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;  // requested
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;  // address space
  std::size_t made = 0;               // blocks that were ever guarded
};

/// Thread-safe after set_up(). As with Arena, sinks only note faults. The lock is held for lists and records,
/// and while a block's pages are opened, but not while they are closed; looking a block up takes no lock. The
/// calls that take a pointer return false, and do nothing, where it is not the start of a guarded block,
/// freed ones included.
class GuardedBlocks {
 public:
  constexpr GuardedBlocks() noexcept = default;

  struct Limits {
    std::size_t region_bytes = 256_MiB;     // of address space, a power of two
    std::size_t quarantine_bytes = 64_MiB;  // of address space, of each size
    bool all_mappings = false;              // without markers: not only the first ones
    bool exact = false;                     // without an alignment of its own, the last byte is a page's last
  };
  void set_up(const core::Keys& keys, const Limits& limits) noexcept;
  /// Reserves the address space, once; false where there is none.
  bool begin() noexcept;

  /// Whether slots are long enough for such a block.
  [[nodiscard]] static bool can_hold(const core::AllocRequest& request) noexcept;
  /// Zeroed memory, or null: where the block is too large, no slot is free, or the system refuses.
  [[nodiscard]] void* allocate(const core::AllocRequest& request, GuardedSide side) noexcept;
  bool deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept;
  /// What a realloc needs to know before the block is moved. kNone: no block begins there; kRefused: a fault.
  enum class Movable : std::uint8_t { kNone, kRefused, kYes };
  [[nodiscard]] Movable prepare_to_move(const void* pointer, const core::FreeRequest& request,
                                        core::FaultSink& faults) noexcept;
  /// 0, and a fault, of a block that is freed.
  [[nodiscard]] std::optional<std::size_t> usable_size(const void* pointer, core::FaultSink& faults) noexcept;

  /// Live blocks of threads from index `first_thread` on, and of those that have none.
  std::size_t check(core::Moment moment, core::FaultSink& faults, std::uint16_t first_thread = 0) noexcept;
  [[nodiscard]] GuardedStats stats() noexcept;
  /// Of the pages that are open. Takes no lock.
  [[nodiscard]] std::size_t open_bytes() const noexcept {
    return open_bytes_.load(std::memory_order_relaxed);
  }
  /// Freed blocks have no pages: there is nothing to give back.
  static std::size_t trim(core::FaultSink& /*faults*/) noexcept { return 0; }

  /// Gives up the address space that no block has come to yet.
  void shorten() noexcept;

  // Without a lock, async-signal-safe. A block that is being allocated or freed in this moment may be absent.
  /// The block, live or freed, whose slot holds `address`, guard pages included, or an absent one.
  [[nodiscard]] core::BlockSnapshot find_block(std::uintptr_t address) const noexcept;
  [[nodiscard]] core::BlockSnapshot find_exact(const void* pointer) const noexcept;
  [[nodiscard]] PageHit explain_trap(std::uintptr_t address) const noexcept;
  /// Whether `address` lies in a slot that no block is in, open or closed, nor being written down.
  [[nodiscard]] bool is_empty_at(std::uintptr_t address) const noexcept;
  /// Of `address`, in whose slot no block is: the block, live or freed, that lies nearest, or an absent one.
  /// Looks at every slot that a block ever came to.
  [[nodiscard]] core::BlockSnapshot find_nearest(std::uintptr_t address) const noexcept;
  /// How many bytes from `address` on, which lies in the region, a live block seems to have: exact for all
  /// that the program may access, otherwise a guess.
  [[nodiscard]] std::size_t accessible_at(std::uintptr_t address) const noexcept {
    const std::optional<SlotId> slot = region_.slot_at(address);
    if (!slot) return 0;
    const GuardedRecord& record = region_.record(*slot);
    const std::uint64_t requested = record.requested.load(std::memory_order_relaxed);
    const std::uint64_t offset = address - record.user.load(std::memory_order_relaxed);  // huge before it
    return offset < requested ? requested - offset : 0;
  }
  /// The same in two steps: which record it is, nothing where there is none; and what that one says.
  [[nodiscard]] std::optional<std::size_t> number_of_record_at(std::uintptr_t address) const noexcept {
    const std::optional<SlotId> slot = region_.slot_at(address);
    return slot ? std::optional(region_.number_of(*slot)) : std::nullopt;
  }
  [[nodiscard]] const GuardedRecord& record_numbered(std::size_t number) const noexcept {
    return region_.record_numbered(number);
  }
  [[nodiscard]] bool has_slot_at(std::uintptr_t address) const noexcept {
    return region_.slot_at(address).has_value();
  }
  /// As it is known out of band; not present() where nothing is or it is being written.
  [[nodiscard]] GuardedBlock look_at(std::uintptr_t address) const noexcept;
  /// Whether guard pages cost no mappings, as far as is known.
  [[nodiscard]] bool has_markers() const noexcept { return region_.has_markers(); }
  bool open_after_fault(std::uintptr_t address) noexcept { return region_.open_after_fault(address); }

  /// `visit(const GuardedBlock&)` for each live block, while no thread is inside the allocator.
  template <typename Visit>
  void for_each_live(Visit visit) const noexcept PADLOCK_UNCHECKED_LOCKING;

  /// Visits every live block. `visitor` must not call back.
  void walk(core::BlockVisitor& visitor) noexcept;

  /// For fork(2).
  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  // Of slots of one size. Numbers of slots are counted from 1; 0: none.
  struct Area {
    std::uint32_t oldest = 0;  // of the freed ones
    std::uint32_t newest = 0;
    std::uint32_t freed = 0;
  };

  /// `visit(area, slots of it that ever held a block)`
  template <typename Visit>
  void for_each_area(Visit visit) const noexcept {
    std::uint32_t area = 0;
    for (const auto& used : used_) visit(area++, used.load(std::memory_order_relaxed));
  }

  [[nodiscard]] std::optional<SlotId> take_slot(std::uint32_t area) noexcept PADLOCK_REQUIRES(lock_);
  void give_slot_back(SlotId slot) noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] GuardedBlock describe(SlotId slot, const core::AllocRequest& request,
                                      GuardedSide side) const noexcept;
  /// The record of the block that begins at `pointer`, or null; `block`: what it says.
  [[nodiscard]] GuardedRecord* exact_record(const void* pointer, SlotId& slot,
                                            GuardedBlock& block) const noexcept PADLOCK_REQUIRES(lock_);

  os::Lock lock_;
  core::Keys keys_;
  Limits limits_;
  GuardedRegion region_;
  std::array<Area, GuardedRegion::kAreas> areas_ PADLOCK_GUARDED_BY(lock_) = {};
  // Slots of an area that ever held a block, from its first one on. Written with the lock.
  std::array<std::atomic<std::uint32_t>, GuardedRegion::kAreas> used_ = {};
  GuardedStats stats_ PADLOCK_GUARDED_BY(lock_);
  std::atomic<std::size_t> open_bytes_{0};
};

template <typename Visit>
void GuardedBlocks::for_each_live(Visit visit) const noexcept {
  for_each_area([&](std::uint32_t area, std::uint32_t used) {
    for (std::uint32_t index = 0; index != used; ++index) {
      const GuardedBlock block = region_.record({area, index}).known.read();
      if (block.live()) visit(block);
    }
  });
}

extern constinit GuardedBlocks guarded_blocks __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
