// Large blocks: each on pages of its own between inaccessible ones, described out of band as well as by the
// same sealed header as any block. Freed ones become inaccessible and stay so while the quarantine holds
// them. The lock is held for looking up and for lists, never over a system call that goes through a body's
// pages; a block that such a call is about counts as freed in the meantime.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/block/seal.h"
#include "core/config.h"
#include "core/examine/examiner.h"
#include "core/fault.h"
#include "os/lock.h"
#include "runtime/large/large_quarantine.h"
#include "runtime/large/large_ranges.h"
#include "runtime/large/large_record.h"
#include "runtime/memory/page_hit.h"

namespace padlock::runtime {

struct LargeStats {
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;         // requested
  std::size_t live_mapped_bytes = 0;  // with guards
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;  // address space
  std::size_t kept_bytes = 0;         // those of them that keep their pages
};

/// Thread-safe after set_up(). As with Arena, sinks only note faults. The calls that take a pointer return
/// false, and do nothing, where it is not the start of a large block, freed ones included.
class LargeBlocks {
 public:
  constexpr LargeBlocks() noexcept = default;

  void set_up(std::uint64_t key, const LargeQuarantine::Limits& limits) noexcept;

  /// Memory, or null; `zeroed` says whether it is all zero. size <= PTRDIFF_MAX, alignment a power of two <
  /// 2^48, or 0.
  [[nodiscard]] void* allocate(const core::AllocRequest& request, bool& zeroed) noexcept;
  /// Fills the first bytes of a block that is handed out for the first time, not by calloc, so that using
  /// them as a pointer traps. Before any other thread knows it.
  void fill_fresh(void* memory, std::size_t size) const noexcept;
  /// Whether there are so many that new ones had better lie elsewhere.
  [[nodiscard]] bool crowded() const noexcept;
  bool deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept;
  /// On success `result` is the block, moved or not, resized to request.size. Null: it has to be copied, for
  /// want of room or because fewer than `smallest` bytes are asked for; nothing changed. Null and `refused`:
  /// a fault.
  struct Resized {
    void* result = nullptr;
    bool refused = false;
  };
  [[nodiscard]] std::optional<Resized> resize(void* pointer, const core::AllocRequest& request,
                                              std::size_t smallest, core::FaultSink& faults) noexcept;
  /// 0, and a fault, of a block that is freed.
  [[nodiscard]] std::optional<std::size_t> usable_size(const void* pointer, core::FaultSink& faults) noexcept;

  /// Live blocks of threads from index `first_thread` on, and of those that have none.
  std::size_t check(core::Moment moment, core::FaultSink& faults, std::uint16_t first_thread = 0) noexcept;
  [[nodiscard]] LargeStats stats() noexcept;
  /// Gives the quarantine's address space back: the system has no more.
  void flush_quarantine() noexcept;
  /// Gives the pages of freed blocks back; how many bytes of address space they were spread over. Finds no
  /// faults.
  std::size_t trim(core::FaultSink& faults) noexcept;

  /// The block, live or quarantined, whose mapping holds `address`, or an absent one. Linear.
  [[nodiscard]] core::BlockSnapshot find_block(std::uintptr_t address) noexcept;
  /// Nothing where the lock is busy: for reports and signal handlers, which must never wait for it. Otherwise
  /// the block, or an absent one. Linear.
  [[nodiscard]] std::optional<core::BlockSnapshot> try_find_block(std::uintptr_t address) noexcept;
  /// The latest of the blocks that are gone and still remembered whose data held `address`. As above.
  [[nodiscard]] std::optional<core::BlockSnapshot> try_find_gone(std::uintptr_t address) noexcept;
  [[nodiscard]] std::optional<PageHit> try_explain_trap(std::uintptr_t address) noexcept;
  /// False: no large block lies or ever lay there. For a first look in a signal handler: takes no lock.
  [[nodiscard]] bool may_hold(std::uintptr_t address) const noexcept {
    return address >= lowest_.load(std::memory_order_relaxed) &&
           address < highest_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] core::BlockSnapshot find_exact(const void* pointer) noexcept;
  /// How many faults header and padding of the live block show whose mapping holds `address`. Nothing where
  /// the lock is busy.
  [[nodiscard]] std::optional<std::size_t> try_verify(std::uintptr_t address, core::Moment moment,
                                                      core::FaultSink& faults) noexcept;
  /// For calls that are passed memory; without a lock, async-signal-safe.
  [[nodiscard]] const LargeRanges& ranges() const noexcept { return ranges_; }
  /// What calls have seen lately shows nothing any more.
  void forget_looks() noexcept;

  /// Visits every block, live or freed. `visitor` must not call back.
  void walk(core::BlockVisitor& visitor) noexcept;

  /// For fork(2).
  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  [[nodiscard]] void* allocate_again(const core::AllocRequest& request, const LargeLayout& layout) noexcept;
  [[nodiscard]] LargeRecord describe(const LargeMapping& mapping, std::uintptr_t user,
                                     const core::AllocRequest& request) const noexcept;
  LargeRecord* enter(const LargeRecord& record) noexcept PADLOCK_REQUIRES(lock_);
  void enter_again(LargeRecord* former, const LargeRecord& record) noexcept PADLOCK_REQUIRES(lock_);
  void replace(LargeRecord* former, const LargeRecord& record) noexcept PADLOCK_REQUIRES(lock_);
  void forget_at(std::uintptr_t user) noexcept PADLOCK_REQUIRES(lock_);
  void count_live(const LargeRecord& record) noexcept PADLOCK_REQUIRES(lock_);
  void note_range(const LargeRecord& record) noexcept PADLOCK_REQUIRES(lock_);
  void mark_freed(LargeRecord& record, const core::Caller& by) noexcept PADLOCK_REQUIRES(lock_);
  enum class Contents : bool { kUnused, kUseful };
  void close(LargeRecord* record, Contents contents) noexcept;
  [[nodiscard]] std::size_t most_steps() noexcept;
  void settle() noexcept;
  /// The limits do not change after start-up.
  [[nodiscard]] bool keeps(std::size_t size) const noexcept PADLOCK_UNCHECKED_LOCKING {
    return quarantine_.keeps(size);
  }
  void empty(LargeRecord* record) noexcept;
  void unmap(LargeRecord* record) noexcept;
  void remember(LargeRecord* record) noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] LargeRecord* containing(std::uintptr_t address) const noexcept PADLOCK_REQUIRES(lock_);

  /// A block that is being resized: its record in the table, a copy of it that becomes the new one, and a
  /// record in case it moves.
  struct Claim {
    LargeRecord* record = nullptr;
    LargeRecord* spare = nullptr;
    LargeRecord block;
  };
  bool may_resize(LargeRecord& record, const core::AllocRequest& request,
                  core::FaultSink& faults) const noexcept;
  Claim claim_for_resize(LargeRecord* record, const core::Caller& by) noexcept PADLOCK_REQUIRES(lock_);
  static bool resize_in_place(LargeRecord& block, const core::AllocRequest& request) noexcept;
  static bool resize_by_moving(LargeRecord& block, const core::AllocRequest& request) noexcept;
  static bool resize_by_copying(LargeRecord& block, const core::AllocRequest& request) noexcept;
  void finish_resize(const Claim& claim, const void* result) noexcept;
  static void renew(LargeRecord& record, const core::AllocRequest& request) noexcept;

  void widen_range(const LargeMapping& mapping) noexcept;

  os::Lock lock_;
  std::atomic<std::uintptr_t> lowest_{UINTPTR_MAX};  // of all mappings there ever were
  std::atomic<std::uintptr_t> highest_{0};
  core::Keys keys_;
  LargeTable table_ PADLOCK_GUARDED_BY(lock_);
  LargeQuarantine quarantine_ PADLOCK_GUARDED_BY(lock_);
  LargeStats stats_ PADLOCK_GUARDED_BY(lock_);
  std::atomic<std::size_t> live_blocks_{0};  // as in stats_
  LargeRanges ranges_;                       // changed under the lock
};

extern constinit LargeBlocks large_blocks __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
