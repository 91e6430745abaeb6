// A thread's front of the heaps: it hands out blocks that heaps lent it and takes freed ones back into a
// quarantine of its own, without the heaps and their lock. A block is looked at when it is handed out or
// freed, at no other time.
//
// Whatever does not verify is left exactly as it is, for the heap to look into (Heap::take_back, or the
// heap's version of the same call).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/block/header.h"
#include "core/block/mismatch.h"
#include "core/block/slot.h"
#include "core/cache/quarantine.h"
#include "core/cache/ready_blocks.h"

namespace padlock::core {

/// Not thread-safe: one thread's. Blocks may come from any heap with the same keys, and go to any cache.
/// Headers are written before what lies behind them, so a changed header shows other threads that the
/// block is in use.
class BlockCache {
 public:
  /// `quarantine` bounds the number of quarantined blocks, `quarantine_bytes` their size with headers.
  /// `keeps`: of what leaves it, one block in kOneKeptOf goes to where it is held back longer (take_kept()).
  /// `ready`: ReadyBlocks::slots_needed() slots. Both are the caller's and outlive the cache.
  BlockCache(const Keys& keys, std::span<BlockSlot> quarantine, std::size_t quarantine_bytes, bool keeps,
             std::span<BlockSlot> ready) noexcept
      : keys_(keys),
        quarantine_(quarantine, quarantine_bytes, 0, kFirstQuarantined),
        until_kept_(keeps ? static_cast<std::int64_t>(keys.link % kNotKept) : INT64_MAX),
        ready_(ready) {}

  /// Whether what it relies on was overwritten; its keys it has again then. To a cache with other keys sound
  /// blocks are damaged.
  bool restore(const Keys& keys) noexcept {
    if (keys_ == keys) return !quarantine_.is_sound();
    keys_ = keys;
    return true;
  }

  /// True for requests that blocks of a size class can serve.
  static bool serves(const AllocRequest& request) noexcept {
    return request.size <= size_class::kMostRequested && request.alignment <= kMostAligned;
  }
  static constexpr std::size_t kMostAligned = 64 * 1024;

  /// Whether a block for a request of `size` <= size_class::kMostRequested bytes is ready.
  [[nodiscard]] bool has_ready(std::size_t size) const noexcept {
    return !ready_.empty(size_class::at_least(granules_for(size)));
  }

  /// Null when no block of the size is ready, or the next one does not verify (then `suspect` holds it and
  /// the cache no longer does). Precondition: serves(request), request.by.number is not 0.
  [[nodiscard]] void* allocate(const AllocRequest& request, BlockSlot& suspect) noexcept;

  /// The same for a block that a heap has just lent for the request, of its class and aligned.
  [[nodiscard]] void* allocate_lent(BlockSlot lent, const AllocRequest& request, BlockSlot& suspect) noexcept;

  /// The same where has_ready(request.size), without an alignment.
  [[nodiscard]] void* allocate_ready(const AllocRequest& request, BlockSlot& suspect) noexcept;

  /// Prefetches the header of the block at `pointer`, and the padding of a small one.
  static void prefetch(const void* pointer) noexcept {
    const auto* user = static_cast<const std::byte*>(pointer);
    __builtin_prefetch(user - kHeaderSize, 1);
    __builtin_prefetch(user - kHeaderSize + 64, 1);
  }

  /// False, and nothing done, unless `pointer` is the sound live block that the call may free.
  /// Precondition: the kHeaderSize bytes before `pointer` can be read; it is 16-byte aligned.
  [[nodiscard]] bool deallocate(void* pointer, const FreeRequest& request) noexcept;

  /// The same, but false also for a block or a call of another family, and where alignment was asked for.
  [[nodiscard]] bool deallocate_plain(void* pointer, const FreeRequest& request) noexcept;

  /// Whether deallocate() would take a sound block with these fields.
  static bool takes(const BlockFields& fields, const FreeRequest& request) noexcept {
    return fields.granules <= size_class::kMostGranules && mismatch(fields, request) == FaultKind::kNone;
  }

  /// Resizes in place where the block is long enough and not much too long; false, and nothing done,
  /// anywhere else. Precondition as for deallocate().
  [[nodiscard]] bool resize(void* pointer, const AllocRequest& request) noexcept;

  /// The block at `pointer`, which a plain free may take, with the size of the request, in place or moved;
  /// null, and nothing done, anywhere else and where no block of the size is ready or the next one does not
  /// verify (then `suspect` holds it). Preconditions as for deallocate() and allocate().
  [[nodiscard]] void* reallocate_plain(void* pointer, const AllocRequest& request,
                                       BlockSlot& suspect) noexcept;

  /// Whether a live block is sound, and what its header says. Precondition as for deallocate().
  [[nodiscard]] bool live_and_sound(const void* pointer, BlockFields& fields) const noexcept;

  /// Adds a block that a heap lent for a class; it may be longer than the class's. Precondition: the class
  /// was empty when as many as refill_count() were asked for.
  void add(std::uint32_t size_class, BlockSlot slot) noexcept {
    ReadyBlocks::prefetch(slot);
    static_cast<void>(ready_.push(size_class, slot));  // there is room
  }

  /// How many blocks of an empty class to borrow, more each time. There may be surplus afterwards.
  [[nodiscard]] std::size_t refill_count(std::uint32_t size_class) noexcept;

  /// Bytes of the blocks that are ready, of all classes together; a refill may go beyond it.
  static constexpr std::size_t kMostReady = 96 * 1024;

  /// Blocks that have left the quarantine and are to be held back longer, elsewhere: one in kOneKeptOf, a run
  /// of kKept at a time. What was freed together lies together, more often than not, and so it does when it
  /// comes back; single blocks would be scattered among the program's next ones. To be taken when they are
  /// due, and after each drain(); take_surplus() goes first.
  static constexpr std::size_t kOneKeptOf = 16;
  static constexpr std::size_t kKept = 64;
  [[nodiscard]] bool are_kept_due() const noexcept {
    return kept_count_ == kKept || kept_bytes_ > kMostKeptBytes;
  }
  std::size_t take_kept(std::span<BlockSlot, kKept> taken) noexcept;

  /// Blocks that found no room. To be taken, until there are none, after each deallocate().
  static constexpr std::size_t kSurplus = 256;
  /// Whether there are some, or those to be kept are due.
  [[nodiscard]] bool has_surplus() const noexcept { return some_leave_; }
  std::size_t take_surplus(std::span<BlockSlot, kSurplus> taken) noexcept;

  /// Empties the cache bit by bit, quarantine first: returns 0 when nothing is left.
  std::size_t drain(std::span<BlockSlot, kSurplus> taken) noexcept;

  [[nodiscard]] bool holds(const BlockHeader* block) const noexcept {
    const auto is_it = [block](BlockSlot slot) { return slot.block == block; };
    return quarantine_.holds(block) || ready_.holds(block) ||
           std::any_of(surplus_, surplus_ + surplus_count_, is_it) ||
           std::any_of(kept_, kept_ + kept_count_, is_it);
  }

  [[nodiscard]] std::size_t quarantined_blocks() const noexcept { return quarantine_.count(); }
  [[nodiscard]] std::size_t quarantined_bytes() const noexcept { return quarantine_.bytes(); }
  [[nodiscard]] std::size_t kept_blocks() const noexcept { return kept_count_; }
  [[nodiscard]] std::size_t kept_bytes() const noexcept { return kept_bytes_; }
  [[nodiscard]] std::size_t ready_blocks() const noexcept { return ready_.count(); }
  [[nodiscard]] std::size_t ready_bytes() const noexcept { return ready_.bytes(); }
  /// To be added, modulo 2^64, to what the heaps count as live: they count a lent block's whole capacity.
  [[nodiscard]] std::size_t live_bytes_delta() const noexcept { return live_bytes_delta_; }
  /// The same, and 0 from now on: the caller counts it.
  std::size_t take_live_bytes_delta() noexcept { return std::exchange(live_bytes_delta_, 0); }

 private:
  static constexpr std::size_t kFirstQuarantined = 252;  // slots, about a page of them
  static constexpr std::size_t kRefillBytes = 8 * 1024;
  static constexpr std::size_t kMostKeptBytes = 16 * 1024;            // until they are due
  static constexpr std::int64_t kNotKept = kKept * (kOneKeptOf - 1);  // blocks between two runs
  static constexpr std::uint32_t kSlack = 2;  // granules that resize() leaves a block too long

  /// Whether a block of `granules` is right for a request: long enough and not much too long.
  static bool stays_in(std::uint32_t granules, std::size_t size) noexcept {
    const std::uint32_t needed = granules_for(size);
    const std::uint32_t wanted = size_class::granules_of(size_class::at_least(needed));
    return needed <= granules && granules <= wanted + wanted / 4 + kSlack;
  }

  [[nodiscard]] void* hand_out(BlockSlot slot, const AllocRequest& request, BlockSlot& suspect) noexcept;
  void put_aside(BlockSlot slot) noexcept;
  void put_aside_at_once(BlockSlot slot) noexcept;
  void evict() noexcept;
  void leave_quarantine() noexcept;
  [[nodiscard]] bool keep(BlockSlot slot) noexcept;
  [[nodiscard]] bool is_next_kept() noexcept { return --until_kept_ < 0; }
  void make_ready(BlockSlot slot) noexcept;
  void shed() noexcept;
  void give_older_half(std::uint32_t size_class) noexcept;
  [[nodiscard]] bool sound(const HeaderWords& words, BlockHeader* header) const noexcept;
  void retire(HeaderWords words, BlockHeader* header, const Caller& by) noexcept;
  void relabel(const HeaderWords& words, BlockHeader* header, const AllocRequest& request) noexcept;

  Keys keys_;
  Quarantine quarantine_;
  std::int64_t until_kept_;  // blocks; below 0 while a run of them is kept
  bool some_leave_ = false;
  ReadyBlocks ready_;
  std::size_t live_bytes_delta_ = 0;
  std::size_t surplus_count_ = 0;
  std::uint32_t shed_next_ = 0;  // class
  std::array<std::uint8_t, size_class::kCount> refills_{};
  std::size_t kept_count_ = 0;
  std::size_t kept_bytes_ = 0;
  BlockSlot surplus_[kSurplus];
  BlockSlot kept_[kKept];
};

}  // namespace padlock::core

#include "core/cache/block_cache_fast.h"
