// The heap: blocks with sealed headers and locked padding, a quarantine, late coalescing and best fit,
// over regions of memory that the caller hands in. Pure: no system call, no global, no lock, no clock.
//
// Not thread-safe; the caller serializes. Deterministic for a given configuration and call sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/block/damage.h"
#include "core/block/header_repair.h"
#include "core/block/seal.h"
#include "core/cache/quarantine.h"
#include "core/config.h"
#include "core/fault.h"
#include "core/index/free_index.h"
#include "core/index/region_set.h"

namespace padlock::core {

enum class ResizeOutcome : std::uint8_t {
  kResized,   // in place; the contents up to the smaller size are kept
  kMustMove,  // the block is sound but does not fit: allocate, copy, deallocate
  kRefused,   // the pointer or the block is bad; a fault was reported
};

class IdleBytes;

class BlockVisitor {
 public:
  virtual void visit(const BlockSnapshot& block) = 0;

 protected:
  ~BlockVisitor() = default;
};

/// Is told of memory that holds nothing any more, and makes it read as zero, like memory that is new: poison
/// that stayed would pass for that of a freed block.
class UnusedMemory {
 public:
  virtual void on_unused(std::span<std::byte> memory) = 0;

 protected:
  ~UnusedMemory() = default;
};

/// A stretch of a region from a block's start on. Its extent comes from out-of-band data.
struct Block {
  Region* region = nullptr;
  std::uint32_t granule = 0;
  std::uint32_t granules = 0;

  [[nodiscard]] bool present() const noexcept { return region != nullptr; }
  [[nodiscard]] BlockHeader* header() const noexcept { return region->header_at(granule); }
  [[nodiscard]] std::byte* user() const noexcept { return header()->user(); }
  [[nodiscard]] std::uint32_t end() const noexcept { return granule + granules; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_of(granules); }
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
  [[nodiscard]] BlockSnapshot find_block(std::uintptr_t address) const noexcept;
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
  void take_back(const BlockSlot& slot, Moment moment, FaultSink& faults) noexcept;
  /// A lower bound of the latest allocation number, where others count: damaged headers are held against it.
  void observe_number(std::uint64_t number) noexcept {
    if (number > last_number_) last_number_ = number;
  }

  /// While tops are held, no memory is taken that was never allocated: a request fails that no idle block
  /// can serve.
  void hold_tops(bool held) noexcept { tops_held_ = held; }
  /// Bytes of blocks that wait here for a request, merged or not; headers counted.
  [[nodiscard]] std::size_t idle_bytes() const noexcept { return ready_.bytes() + free_.bytes(); }

  /// The quarantine's bound from the next call of deallocate() on, at most config.quarantine_bytes.
  void limit_quarantine(std::size_t bytes) noexcept { quarantine_.limit(bytes); }
  /// Empties the quarantine; every block leaves it verified.
  void flush_quarantine(FaultSink& faults) noexcept;
  /// Merges up to `max_blocks` pending blocks with their neighbours; returns how many were pending still
  /// to be merged when it began, at the most `max_blocks`.
  std::size_t coalesce(std::size_t max_blocks, FaultSink& faults) noexcept;

  /// Makes merged blocks at the tops of regions unallocated again. Who was freed there long ago is forgotten:
  /// a second free finds a pointer to memory that was never allocated, a late write goes unnoticed.
  void give_up_tops(UnusedMemory& unused, FaultSink& faults) noexcept;

  /// Verifies every block (headers, padding, poison) and every index structure; reports all it finds and
  /// changes nothing. Returns the number of faults. Of blocks that threads with indices below `first_thread`
  /// alone allocated and freed only the headers are looked at: they are another process's to verify.
  std::size_t check(Moment moment, FaultSink& faults, std::uint16_t first_thread = 0) const noexcept;

  /// Every block of every region, in address order within a region.
  void walk(BlockVisitor& visitor) const noexcept;

  [[nodiscard]] HeapStats stats() const noexcept;
  /// That of stats(), which has to look at every region.
  [[nodiscard]] std::size_t live_block_bytes() const noexcept { return stats_.live_block_bytes; }
  [[nodiscard]] const Keys& keys() const noexcept { return keys_; }

 private:
  // Looking up (heap.cpp)
  [[nodiscard]] Block block_at(Region& region, std::uint32_t start) const noexcept;
  [[nodiscard]] Block block_before(const Block& block) const noexcept;
  [[nodiscard]] Block block_after(const Block& block) const noexcept;

  // Memory for a new block, best source first (heap_allocate.cpp). All return verified memory that no index
  // holds.
  [[nodiscard]] Block take(std::uint32_t granules, std::size_t alignment, FaultSink& faults) noexcept;
  [[nodiscard]] Block take_ready(std::uint32_t granules, FaultSink& faults) noexcept;
  [[nodiscard]] Block take_best_fit(std::uint32_t granules, std::size_t alignment,
                                    FaultSink& faults) noexcept;
  [[nodiscard]] Block take_unallocated(std::uint32_t granules, std::size_t alignment,
                                       FaultSink& faults) noexcept;
  void poison_cut_chunks(const Block& run, const Block& block) noexcept;
  [[nodiscard]] Block carve(Block run, const BlockFields& inherited, std::uint32_t lead,
                            std::uint32_t granules, FaultSink& faults) noexcept;
  [[nodiscard]] BlockFields ghost_at(const Region& region, std::uint32_t granule,
                                     const BlockFields& otherwise) const noexcept;
  void put_aside_damaged(const Block& run, const BlockFields& fields, FaultSink& faults) noexcept;
  void* make_live(const Block& block, const AllocRequest& request) noexcept;

  // Lending (heap_lend.cpp)
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
  [[nodiscard]] BlockSlot lend_used(const Block& block) noexcept;
  [[nodiscard]] BlockSlot lend_blank(const Block& block) noexcept;
  void take_back_condemned(const Block& block) noexcept;
  void freed_twice_at_once(const Block& block, const BlockFields& fields, FaultSink& faults) noexcept;

  // Idle blocks (heap_idle.cpp)
  void retire(const Block& block, BlockFields fields, const Caller& by, FaultSink& faults) noexcept;
  enum class Verified : std::uint8_t { kStart, kAll };
  void evict_oldest(Verified verified, FaultSink& faults) noexcept;
  [[nodiscard]] bool sound_idle(const Block& block, std::uint32_t end, BlockFields& fields, Moment moment,
                                FaultSink& faults) noexcept;
  [[nodiscard]] static bool still_held(const Block& block) noexcept;
  void make_idle(const Block& block, BlockFields fields, BlockState state, FaultSink& faults) noexcept;
  [[nodiscard]] bool unlist(const Block& block, BlockState state, Moment moment, FaultSink& faults) noexcept;
  void settle(FaultSink& faults) noexcept;
  void merge(const Block& block, BlockFields fields, FaultSink& faults) noexcept;
  [[nodiscard]] Block claim_idle(const Block& candidate, BlockState state, BlockFields& fields, Moment moment,
                                 FaultSink& faults) noexcept;
  void drop_ghosts(Region& region, std::uint32_t begin, std::uint32_t end) noexcept;
  void give_up_top(Region& region, FaultSink& faults) noexcept;

  // Going on after damage (heap_repair.cpp)
  enum class Holder : std::uint8_t { kProgram, kQuarantine, kIndex, kNobody };
  [[nodiscard]] Holder holder_of(const Block& block) const noexcept;
  [[nodiscard]] bool is_lent(const Block& block) const noexcept;
  void report(const Fault& fault, const Block& at, FaultSink& faults) noexcept;
  [[nodiscard]] bool tell(const Fault& fault, const Block& at, FaultSink& faults) noexcept;
  [[nodiscard]] bool put_right(const Block& block, std::uintptr_t damage_end) noexcept;
  void mend(const Block& block) noexcept;
  void condemn(const Block& block) noexcept;
  void drop_damaged(const BlockHeader* damaged, Moment moment, FaultSink& faults) noexcept;
  [[nodiscard]] bool listed_soundly(const Block& block) const noexcept;
  void rebuild_indices() noexcept;

  // Freeing and resizing (heap_deallocate.cpp, heap_resize.cpp)
  [[nodiscard]] Block validate(const void* pointer, const FreeRequest& request, BlockFields& fields,
                               FaultSink& faults) noexcept;
  [[nodiscard]] Block validate_damaged(const Block& block, const FreeRequest& request, BlockFields& fields,
                                       FaultSink& faults) noexcept;
  void report_mismatch(const Block& block, const BlockFields& fields, const FreeRequest& request,
                       FaultSink& faults) const noexcept;
  void release_tail(const Block& tail, BlockFields fields, const Caller& by, FaultSink& faults) noexcept;
  [[nodiscard]] bool grow(Block& block, std::uint32_t granules, FaultSink& faults) noexcept;

  // From something broken to a Fault (heap_faults.cpp)
  [[nodiscard]] Fault fault_at(FaultKind kind, Moment moment, const Block& block) const noexcept;
  [[nodiscard]] Fault bad_pointer(std::uintptr_t address, const FreeRequest& request) const noexcept;
  [[nodiscard]] Fault not_live(std::uintptr_t address, const BlockSnapshot& block,
                               const FreeRequest& request) const noexcept;
  [[nodiscard]] Damage padding_damage(const Block& block, std::uint64_t requested) const noexcept;
  [[nodiscard]] Damage damage_behind_lost_header(const Block& block) const noexcept;
  [[nodiscard]] Fault damaged_padding(const Block& block, Moment moment) const noexcept;
  [[nodiscard]] static std::uintptr_t end_of(const Block& block) noexcept;
  [[nodiscard]] bool may_be_blank(const Block& block, const Damage& damage) const noexcept;
  [[nodiscard]] bool is_overrun(const Block& block) const noexcept;
  void follow_run(Block block, Fault& fault) const noexcept;
  [[nodiscard]] bool poison_holds(const Block& block, std::uint32_t begin, std::uint32_t end) const noexcept;
  [[nodiscard]] ByteRange readable_around(const Block& block) const noexcept;
  [[nodiscard]] BlockSnapshot snapshot(const Block& block) const noexcept;

  // (heap_header_faults.cpp)
  [[nodiscard]] HeaderRepair repair_of(const Block& block) const noexcept;
  [[nodiscard]] Fault damaged_header(const Block& block, Moment moment) const noexcept;
  [[nodiscard]] Fault header_hit_by_own_block(const Block& block, Moment moment) const noexcept;
  [[nodiscard]] Fault overrun_of(const Block& block, Moment moment) const noexcept;
  void extend_underflow(const Block& before, Fault& fault) const noexcept;

  // (heap_idle_faults.cpp)
  [[nodiscard]] Fault damaged_idle(const Block& block, ByteRange range, Moment moment) const noexcept;
  [[nodiscard]] Fault damaged_ghost(const Block& block, Fault fault) const noexcept;
  [[nodiscard]] std::uint32_t broken_ghost(const Region& region, std::uint32_t from,
                                           std::uint32_t end) const noexcept;
  void name_merged(const Block& block, Fault& fault) const noexcept;
  [[nodiscard]] ExpectedByte expected_idle_byte(const Block& block, const IdleLinks& links, bool listed,
                                                IdleBytes& idle, std::uintptr_t address) const noexcept;

  // Checking (invariants.cpp)
  struct Census;
  [[nodiscard]] bool tallies(const Census& census) const noexcept;
  [[nodiscard]] bool tallies_with_caches(const Census& census) const noexcept;
  void check_region(Region& region, Census& census) const noexcept;
  [[nodiscard]] bool plainly_sound(const Block& block, Census& census) const noexcept;
  void check_block(const Block& block, Census& census) const noexcept;
  [[nodiscard]] bool bookkeeping_holds(const Block& block, const BlockFields& fields) const noexcept;
  void check_idle(const Block& block, const BlockFields& fields, Census& census) const noexcept;
  [[nodiscard]] bool all_passed_over(const Block& block, const BlockFields& fields,
                                     const Census& census) const noexcept;
  void check_quarantine(Census& census) const noexcept;

  HeapConfig config_;
  Keys keys_;
  RegionSet regions_;
  Quarantine quarantine_;
  FreeIndex ready_;
  FreeIndex free_;
  HeapStats stats_;
  std::uint64_t last_number_ = 0;
  bool tops_held_ = false;
  const BlockHeader* evicting_ = nullptr;  // has left the quarantine, and was found damaged
};

}  // namespace padlock::core
