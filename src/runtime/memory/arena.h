// An arena: a core heap behind a lock, over segments that it maps as it grows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/cache/block_stock.h"
#include "core/heap/heap.h"
#include "os/lock.h"
#include "runtime/memory/idle_watch.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

/// An arena has merged what was idle: Arena::is_trim_due().
extern constinit std::atomic<bool> trim_due __attribute__((visibility("hidden")));

/// Thread-safe. The faults that a call finds go to its `faults` while the arena is locked, so the sink must
/// only note them.
class Arena {
 public:
  /// `owner`: this arena's mark in the segment table.
  /// `slots`: of the heap's quarantine. `kept`: of what caches hand over to be held back longer, up to
  /// `kept_bytes`.
  Arena(SegmentOwner owner, const core::HeapConfig& config, std::span<core::BlockSlot> slots,
        std::span<core::BlockSlot> kept, std::size_t kept_bytes) noexcept;

  /// Blocks of a size class for a thread's cache; returns how many, 0 when the system gives no more memory.
  std::size_t lend(std::uint32_t size_class, std::span<core::BlockSlot> lent,
                   core::FaultSink& faults) noexcept;
  /// One block of a size class whose user pointer is aligned; false when the system gives no more memory.
  bool lend_aligned(std::uint32_t size_class, std::size_t alignment, core::BlockSlot& lent,
                    core::FaultSink& faults) noexcept;
  /// Blocks of this arena that a cache has no room for.
  void take_back(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept;
  /// Blocks of this arena that are to be held back longer than a cache does.
  void keep(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept;
  /// A block of this arena that did not verify when a cache was about to hand it out.
  void look_into(core::BlockSlot slot, core::FaultSink& faults) noexcept;
  /// As core::Heap's.
  bool restore(const core::Keys& keys) noexcept;

  /// Null when the system gives no more memory.
  [[nodiscard]] void* allocate(const core::AllocRequest& request, core::FaultSink& faults) noexcept;
  void deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept;
  [[nodiscard]] core::ResizeOutcome resize(void* pointer, const core::AllocRequest& request,
                                           core::FaultSink& faults) noexcept;
  [[nodiscard]] std::size_t usable_size(const void* pointer, core::FaultSink& faults) noexcept;

  /// As core::Heap::check().
  std::size_t check(core::Moment moment, core::FaultSink& faults, std::uint16_t first_thread = 0) noexcept;
  /// Blocks of the stock, and their bytes: the heap counts them as lent.
  [[nodiscard]] std::size_t stock_blocks() noexcept;
  [[nodiscard]] std::size_t stock_bytes() noexcept;
  /// The same of those that are held back.
  [[nodiscard]] std::size_t kept_blocks() noexcept;
  [[nodiscard]] std::size_t kept_bytes() noexcept;
  /// Takes no lock: called back by heaps that examine a block, for every arena, while the world stands still
  /// or where an answer that is a moment old does no harm.
  [[nodiscard]] bool holds_put_aside(const core::BlockHeader* block) const noexcept
      PADLOCK_UNCHECKED_LOCKING {
    return !abandoned_ && (stock_.holds(block) || kept_.holds(block));
  }

  /// Merges all that is ready, and gives what is then free at the ends of segments back to the
  /// system; how many bytes that were.
  std::size_t trim(core::FaultSink& faults) noexcept;
  /// Gives back what was never allocated at the ends of segments. While the world is stopped.
  void shorten_segments() noexcept;
  /// Makes all memory of its segments accessible: the kernel may not be asked later.
  void open_segments() noexcept;
  /// Whether trim() would be worth its while: what had waited for long has been merged since the last one.
  [[nodiscard]] bool is_trim_due() noexcept;
  [[nodiscard]] core::HeapStats stats() noexcept;

  [[nodiscard]] core::BlockSnapshot find_block(std::uintptr_t address) noexcept;
  /// The same; nothing where the arena is busy: for reports, which must never wait for a lock.
  [[nodiscard]] std::optional<core::BlockSnapshot> try_find_block(std::uintptr_t address) noexcept;
  /// As core::Heap's, without waiting for the lock.
  [[nodiscard]] std::optional<core::BlockSnapshot> try_nearest_before(std::uintptr_t address) noexcept;
  [[nodiscard]] std::optional<core::BlockSnapshot> try_nearest_behind(std::uintptr_t address) noexcept;

  /// As core::Examiner's, where the arena is not busy.
  [[nodiscard]] std::optional<core::BlockSnapshot> try_find_former(std::uintptr_t address) noexcept;
  [[nodiscard]] std::optional<core::Poison::Source> try_find_link(std::uint64_t value,
                                                                  std::uint64_t reach) noexcept;

  /// Visits every block, of any state. `visitor` must not call back.
  void walk(core::BlockVisitor& visitor) noexcept {
    const os::LockGuard guard(lock_);
    heap_.walk(visitor);
  }

  /// For forks, and for nothing else.
  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }
  /// In a forked child where a thread that is gone holds the lock: nothing of the arena changes any more, and
  /// no fault is looked for. Its live blocks can be read.
  void abandon() noexcept {
    abandoned_ = true;
    lock_.reset_after_fork();
  }
  [[nodiscard]] bool is_abandoned() const noexcept { return abandoned_; }

  /// How many threads' caches are filled from here.
  [[nodiscard]] std::uint32_t threads() const noexcept { return threads_.load(std::memory_order_relaxed); }
  void add_thread() noexcept { threads_.fetch_add(1, std::memory_order_relaxed); }
  /// From now on two threads may work on one block at once.
  static void expect_threads_to_meet() noexcept { threads_may_meet.store(true, std::memory_order_relaxed); }
  void drop_thread() noexcept { threads_.fetch_sub(1, std::memory_order_relaxed); }
  /// In a forked child.
  void forget_threads() noexcept { threads_.store(0, std::memory_order_relaxed); }

 private:
  static core::Region* region_of(std::uintptr_t address, const void* arena) noexcept;
  template <typename Take>
  auto with_more_memory(Take take, core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  bool add_segment() noexcept PADLOCK_REQUIRES(lock_);
  bool make_room_in_stock() noexcept PADLOCK_REQUIRES(lock_);
  void put_in_stock(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept
      PADLOCK_REQUIRES(lock_);
  void put_run_in_stock(std::span<const core::BlockSlot> run, core::FaultSink& faults) noexcept
      PADLOCK_REQUIRES(lock_);
  void report_damaged_stock(core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  std::size_t check_slots(core::Moment moment, core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  void release_kept(core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  void pop_kept(core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] std::size_t quarantine_bytes() const noexcept PADLOCK_REQUIRES(lock_);
  bool merge_stock(std::size_t most, core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  template <typename Take>
  auto take_idle(Take take, core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] bool much_is_idle() const noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] std::size_t in_use() const noexcept
      PADLOCK_REQUIRES(lock_);  // bytes, by the program and caches
  [[nodiscard]] std::size_t idle_bytes() const noexcept PADLOCK_REQUIRES(lock_);
  void merge_idle(core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);
  void bound_idle(core::FaultSink& faults) noexcept PADLOCK_REQUIRES(lock_);

  static constinit std::atomic<bool> threads_may_meet;

  os::Lock lock_;
  std::atomic<std::uint32_t> threads_{0};
  SegmentOwner owner_;
  core::Heap heap_ PADLOCK_GUARDED_BY(lock_);
  core::BlockStock stock_ PADLOCK_GUARDED_BY(lock_);    // lent blocks that wait for the next cache
  core::Quarantine kept_ PADLOCK_GUARDED_BY(lock_);     // lent blocks that are held back
  std::size_t most_kept_ PADLOCK_GUARDED_BY(lock_);     // bytes
  IdleWatch idle_watch_ PADLOCK_GUARDED_BY(lock_);      // over idle_bytes()
  std::size_t to_merge_ PADLOCK_GUARDED_BY(lock_) = 0;  // bytes of what is idle
  std::size_t given_back_ PADLOCK_GUARDED_BY(lock_) =
      0;  // bytes of merged blocks whose memory has been, at most
  bool trim_due_ PADLOCK_GUARDED_BY(lock_) = false;
  bool abandoned_ = false;
  bool has_segment_ PADLOCK_GUARDED_BY(lock_) = false;
};

}  // namespace padlock::runtime
