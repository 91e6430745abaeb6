// The heap: blocks with sealed headers and locked padding, a quarantine, late coalescing and best fit,
// over regions of memory that the caller hands in. Pure: no system call, no global, no lock, no clock.
// What is sound and what is broken, the examiner says (core/examine/examiner.h); the mender goes on after
// damage.
//
// Not thread-safe; the caller serializes. Deterministic for a given configuration and call sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/block/damage.h"
#include "core/block/header_repair.h"
#include "core/block/seal.h"
#include "core/cache/block_stock.h"
#include "core/cache/quarantine.h"
#include "core/config.h"
#include "core/examine/examiner.h"
#include "core/examine/heap_state.h"
#include "core/fault.h"
#include "core/heap/mender.h"
#include "core/index/block.h"

namespace padlock::core {

enum class ResizeOutcome : std::uint8_t {
  kResized,   // in place; the contents up to the smaller size are kept
  kMustMove,  // the block is sound but does not fit: allocate, copy, deallocate
  kRefused,   // the pointer or the block is bad; a fault was reported
};

/// Notified when memory becomes unused; must make it read as zero, like memory that is new: poison that
/// stayed would pass for that of a freed block.
class UnusedMemory {
 public:
  virtual void on_unused(std::span<std::byte> memory) = 0;
  /// `memory`: all that is accessible of the unallocated end of a region, zeros. Returns how many of these
  /// bytes stay accessible, from the first one on: a multiple of kGranule. Where not all do,
  /// HeapConfig::open_memory is asked for them again.
  virtual std::size_t close(std::span<std::byte> memory) { return memory.size(); }

 protected:
  ~UnusedMemory() = default;
};

/// Takes what was never allocated at the end of a region.
class UnallocatedEnds {
 public:
  /// Returns how many of these bytes are left to the heap, from the first one on: a multiple of kGranule.
  virtual std::size_t cut(std::span<std::byte> unallocated) = 0;

 protected:
  ~UnallocatedEnds() = default;
};

class Heap {
 public:
  /// `quarantine_slots` (owned by the caller, at least as long-lived as the heap) bounds the number of
  /// quarantined blocks.
  Heap(const HeapConfig& config, std::span<BlockSlot> quarantine_slots) noexcept;
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
  [[nodiscard]] BlockSnapshot find_block(std::uintptr_t address) const noexcept {
    return examiner_.find_block(address);
  }
  /// As Examiner's.
  [[nodiscard]] BlockSnapshot find_former(std::uintptr_t address) const noexcept {
    return examiner_.find_former(address);
  }
  [[nodiscard]] Poison::Source find_link(std::uint64_t value, std::uint64_t reach) const noexcept {
    return examiner_.find_link(value, reach);
  }
  /// The nearest block that was ever handed out, to `address` inside some region's blocks; absent if none
  /// was.
  [[nodiscard]] BlockSnapshot nearest_before(std::uintptr_t address) const noexcept {
    return examiner_.nearest_before(address);
  }
  [[nodiscard]] BlockSnapshot nearest_behind(std::uintptr_t address) const noexcept {
    return examiner_.nearest_behind(address);
  }
  [[nodiscard]] bool contains(std::uintptr_t address) const noexcept;  // inside some region's blocks

  /// Lends blocks of `granules` (at least kMinBlockGranules; some may be up to two longer) to a cache with
  /// the same keys; returns how many, 0 when none fits. `number`: the latest allocation number.
  std::size_t lend(std::uint32_t granules, std::span<BlockSlot> lent, std::uint64_t number,
                   FaultSink& faults) noexcept;
  /// One block, whose user pointer is aligned; false when none fits. `alignment`: a power of two, at most
  /// kMaxAlignment.
  bool lend_aligned(std::uint32_t granules, std::size_t alignment, BlockSlot& lent, std::uint64_t number,
                    FaultSink& faults) noexcept;
  /// Takes a lent block back that is not live, and merges it. What does not verify is reported and put aside.
  void take_back(BlockSlot slot, Moment moment, FaultSink& faults) noexcept;
  /// A lower bound of the latest allocation number, where others count: damaged headers are held against it.
  void observe_number(std::uint64_t number) noexcept {
    if (number > state_.last_number) state_.last_number = number;
  }

  /// While tops are held, no memory is taken that was never allocated: a request fails that no idle block
  /// can serve.
  void hold_tops(bool held) noexcept { tops_held_ = held; }
  /// Bytes of the heap's idle blocks; headers counted.
  [[nodiscard]] std::size_t idle_bytes() const noexcept { return state_.ready.bytes() + state_.free.bytes(); }

  /// The quarantine's bound from the next call of deallocate() on, at most config.quarantine_bytes.
  void limit_quarantine(std::size_t bytes) noexcept { state_.quarantine.limit(bytes); }
  /// Empties the quarantine; every block leaves it verified.
  void flush_quarantine(FaultSink& faults) noexcept;
  /// Merges up to `max_blocks` ready blocks with their neighbours, fewer where very many are damaged; returns
  /// how many.
  std::size_t coalesce(std::size_t max_blocks, FaultSink& faults) noexcept;

  /// Makes merged blocks at the tops of regions unallocated again. Who was freed there long ago is forgotten:
  /// a second free finds a pointer to memory that was never allocated, a late write goes unnoticed.
  void give_up_tops(UnusedMemory& unused, FaultSink& faults) noexcept;
  /// Makes zeros of what merged blocks further down hold, where that is whole chunks (idle_memory.h). Blocks
  /// that were freed there long ago are forgotten too, but a late write is still seen.
  void give_up_insides(UnusedMemory& unused, FaultSink& faults) noexcept;

  /// Ends regions earlier, as `ends` decides.
  void give_up_ends(UnallocatedEnds& ends) noexcept;

  /// Verifies every block (headers, padding, poison) and every index structure; reports all it finds and
  /// changes nothing. Returns the number of faults. Of blocks that threads with indices below `first_thread`
  /// alone allocated and freed only the headers are looked at: they are another process's to verify.
  std::size_t check(Moment moment, FaultSink& faults, std::uint16_t first_thread = 0) const noexcept {
    return examiner_.check(moment, faults, first_thread);
  }

  /// Reports the block of a lent slot that another slot holds too, as two threads freed it at the same
  /// moment; changes nothing. Not of one that a thread with an index below `first_thread` freed.
  void verify_put_aside(BlockSlot slot, Moment moment, std::uint16_t first_thread,
                        FaultSink& faults) noexcept;
  void verify_stock(const BlockStock& stock, Moment moment, std::uint16_t first_thread,
                    FaultSink& faults) noexcept;

  /// Reports a slot that leads to no block: it was overwritten, or another `table` that it contradicts.
  static void report_slot(BlockSlot slot, Moment moment, FaultSink& faults,
                          Table table = Table::kSlots) noexcept;

  /// Every block of every region, in address order within a region.
  void walk(BlockVisitor& visitor) const noexcept { examiner_.walk(visitor); }

  [[nodiscard]] HeapStats stats() const noexcept;
  /// That of stats(), which has to look at every region.
  [[nodiscard]] std::size_t live_block_bytes() const noexcept { return state_.stats.live_block_bytes; }
  [[nodiscard]] const Keys& keys() const noexcept { return state_.keys; }
  /// Whether what it relies on was overwritten; its keys it has again then. To a heap with other keys sound
  /// blocks are damaged.
  bool restore(const Keys& keys) noexcept {
    if (state_.keys == keys) return !state_.is_sound();
    state_.keys = keys;
    return true;
  }

  /// Where keys were overwritten every idle block looks damaged, and to put one aside may take a look at all
  /// others. Beyond so many a call does without what is idle.
  static constexpr std::size_t kMostPutAside = 64;

 private:
  // Memory for a new block, best source first (allocate.cpp). All return verified memory that no index
  // holds.
  [[nodiscard]] Block take(std::uint32_t granules, std::size_t alignment, FaultSink& faults) noexcept;
  [[nodiscard]] Block take_ready(std::uint32_t granules, FaultSink& faults) noexcept;
  [[nodiscard]] Block take_best_fit(std::uint32_t granules, std::size_t alignment,
                                    FaultSink& faults) noexcept;
  [[nodiscard]] Block take_unallocated(std::uint32_t granules, std::size_t alignment,
                                       FaultSink& faults) noexcept;
  void fill_fresh(std::byte* begin, std::byte* end) noexcept;
  [[nodiscard]] Block carve(Block run, const BlockFields& inherited, std::uint32_t lead,
                            std::uint32_t granules, FaultSink& faults) noexcept;
  void put_aside_damaged(const Block& run, const BlockFields& fields, FaultSink& faults) noexcept;
  void* make_live(const Block& block, const AllocRequest& request) noexcept;

  [[nodiscard]] bool reach(Region& region, std::uint32_t end) noexcept;  // heap.cpp

  // Lending (lend.cpp)
  std::size_t lend_what_there_is(std::uint32_t granules, std::span<BlockSlot> lent,
                                 FaultSink& faults) noexcept;
  [[nodiscard]] bool lend_aligned_block(std::uint32_t granules, std::size_t alignment, BlockSlot& lent,
                                        FaultSink& faults) noexcept;
  std::size_t lend_run(std::uint32_t granules, std::uint32_t missing, std::span<BlockSlot> lent,
                       FaultSink& faults) noexcept;
  template <typename Lend>
  std::size_t slice(Block run, std::uint32_t granules, std::span<BlockSlot> lent, Lend lend) noexcept;
  void count_lent(const Block& block) noexcept;
  void uncount_lent(const Block& block) noexcept;
  void uncount_live_bytes(std::size_t bytes) noexcept;
  struct PutAside;
  [[nodiscard]] static bool names_block(BlockSlot slot, const Region& region) noexcept;
  [[nodiscard]] bool fits(BlockSlot slot) const noexcept;
  [[nodiscard]] bool is_one_change_away(BlockSlot slot) const noexcept;
  [[nodiscard]] PutAside put_aside(BlockSlot slot) noexcept;
  [[nodiscard]] BlockSlot lend_used(const Block& block) noexcept;
  [[nodiscard]] BlockSlot lend_blank(const Block& block) noexcept;
  void take_back_condemned(const Block& block) noexcept;
  void freed_twice_at_once(const Block& block, const BlockFields& fields, Moment moment,
                           FaultSink& faults) noexcept;

  // Idle blocks (idle.cpp)
  void retire(const Block& block, BlockFields fields, const Caller& by, FaultSink& faults) noexcept;
  enum class Verified : std::uint8_t { kStart, kAll };
  void evict_oldest(Verified verified, FaultSink& faults) noexcept;
  [[nodiscard]] bool sound_idle(const Block& block, std::uint32_t end, BlockFields& fields, Moment moment,
                                FaultSink& faults) noexcept;
  void make_idle(const Block& block, BlockFields fields, BlockState state, FaultSink& faults) noexcept;
  [[nodiscard]] bool unlist(const Block& block, BlockState state, Moment moment, FaultSink& faults) noexcept;
  void settle(FaultSink& faults) noexcept;
  [[nodiscard]] bool merge_hit(const FreeIndex::Hit& hit, FaultSink& faults) noexcept;
  void merge(const Block& block, BlockFields fields, FaultSink& faults) noexcept;
  [[nodiscard]] Block claim_idle(const Block& candidate, BlockState state, BlockFields& fields, Moment moment,
                                 FaultSink& faults) noexcept;
  void give_up_top(Region& region, FaultSink& faults) noexcept;
  [[nodiscard]] bool give_up_inside(const Block& block, UnusedMemory& unused) noexcept;
  [[nodiscard]] bool give_up_chunks(const Block& block, AddressRange chunks, UnusedMemory& unused) noexcept;

  // Freeing and resizing (deallocate.cpp, resize.cpp)
  [[nodiscard]] Block validate(const void* pointer, const FreeRequest& request, BlockFields& fields,
                               FaultSink& faults) noexcept;
  [[nodiscard]] Block validate_damaged(const Block& block, const FreeRequest& request, BlockFields& fields,
                                       FaultSink& faults) noexcept;
  void report_mismatch(const Block& block, const BlockFields& fields, const FreeRequest& request,
                       FaultSink& faults) const noexcept;
  void release_tail(const Block& tail, BlockFields fields, const Caller& by, FaultSink& faults) noexcept;
  [[nodiscard]] bool grow(Block& block, std::uint32_t granules, FaultSink& faults) noexcept;

  HeapState state_;
  Examiner examiner_;
  Mender mender_;
  std::size_t coalesce_ready_bytes_;  // as in HeapConfig
  std::size_t coalesce_batch_;
  std::size_t fill_fresh_max_;
  std::uintptr_t (*open_memory_)(std::uintptr_t begin, std::uintptr_t wanted);  // as in HeapConfig
  bool tops_held_ = false;
};

}  // namespace padlock::core
