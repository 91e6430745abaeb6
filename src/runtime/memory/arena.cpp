// Every operation of an arena: takes its lock, asks its heap, and adds a segment where nothing fits.
#include "runtime/memory/arena.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "os/clock.h"
#include "os/memory.h"
#include "os/tables.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {

constinit std::atomic<bool> Arena::threads_may_meet{false};

constinit std::atomic<bool> trim_due{false};

namespace {

core::HeapConfig with_locator(core::HeapConfig config, core::RegionLocator locator,
                              const void* context) noexcept {
  config.locate_region = locator;
  config.locate_context = context;
  config.open_memory = &open_blocks;
  return config;
}

constexpr std::size_t kCoalesceBatch = 256;      // blocks
constexpr std::size_t kMergedAtOnce = 2048;      // blocks of the stock
constexpr std::size_t kMergedForOne = 256;       // blocks of the stock, before the next attempt
constexpr std::size_t kFewBytes = 256 * 1024;    // idle ones, whatever is in use
constexpr std::size_t kManyBytes = 1 << 20;      // the same where threads are many
constexpr std::size_t kStockMemory = 64 * 1024;  // bytes of slots at once
constexpr std::size_t kPrefetched = 6;           // blocks, ahead of the one that is merged

// What merging reads of a block first: its header, where its poison begins, and the header behind it.
void prefetch(core::BlockSlot slot) noexcept {
  const auto* const block = reinterpret_cast<const std::byte*>(slot.block);
  __builtin_prefetch(block, 1);
  __builtin_prefetch(block + 64, 1);
  __builtin_prefetch(block + slot.bytes(), 1);
}

// The system gets whole pages back. The last one may be shared with memory that was never allocated, the
// first one with what is in use.
struct Discarded final : core::UnusedMemory {
  std::size_t bytes = 0;

  void on_unused(std::span<std::byte> memory) override {
    const std::uintptr_t from = address_of(memory.data());
    const std::uintptr_t begin = align_up(from, std::uintptr_t{kSegmentPage});
    const std::uintptr_t end = align_up(from + memory.size(), std::uintptr_t{kSegmentPage});
    std::memset(memory.data(), 0, std::min(memory.size(), begin - from));
    if (begin >= end) return;
    auto* const pages = reinterpret_cast<void*>(begin);
    if (!os::discard(pages, end - begin)) {
      std::memset(pages, 0, end - begin);
      return;
    }
    bytes += end - begin;
  }
  std::size_t close(std::span<std::byte> memory) override { return close_blocks(memory); }
};

struct ShortenedSegments final : core::UnallocatedEnds {
  std::size_t cut(std::span<std::byte> unallocated) override { return shorten_segment(unallocated); }
};

// Cuts nothing.
struct OpenedSegments final : core::UnallocatedEnds {
  std::size_t cut(std::span<std::byte> unallocated) override {
    open_all_blocks(address_of(unallocated.data()));
    return unallocated.size();
  }
};

std::size_t report_slots(const void* table, core::Moment moment, core::FaultSink& faults) noexcept {
  faults.on_fault(core::table_fault(core::Table::kSlots, address_of(table), moment));
  return 1;
}

}  // namespace

Arena::Arena(SegmentOwner owner, const core::HeapConfig& config, std::span<core::BlockSlot> slots,
             std::span<core::BlockSlot> kept, std::size_t kept_bytes) noexcept
    : owner_(owner),
      heap_(with_locator(config, &Arena::region_of, this), slots),
      kept_(kept, kept_bytes),
      most_kept_(kept_bytes) {}

core::Region* Arena::region_of(std::uintptr_t address, const void* arena) noexcept {
  const SegmentOwner owner = static_cast<const Arena*>(arena)->owner_;
  return segment_table.owner_of(address) == owner ? region_of_segment(address) : nullptr;
}

// What `take` gets from the heap: from idle blocks only, where there are many for what is in use; if that is
// nothing, from all of it; with the stock merged; with another segment; or in the end with all that is idle
// merged. Nothing is merged before it is missing: most of what a program has freed at once it never needs
// again, or in the same sizes.
template <typename Take>
auto Arena::with_more_memory(Take take, core::FaultSink& faults) noexcept {
  auto taken = take_idle(take, faults);
  if (!taken) taken = take();
  while (!taken && merge_stock(kMergedAtOnce, faults)) taken = take();
  if (!taken && add_segment()) taken = take();
  if (taken) return taken;
  release_kept(faults);  // better a shorter memory than none
  merge_stock(SIZE_MAX, faults);
  heap_.flush_quarantine(faults);
  return take();
}

// What `take` gets from the heap without memory that was never allocated, where much is idle: all that is
// ready is merged for that, bit by bit.
template <typename Take>
auto Arena::take_idle(Take take, core::FaultSink& faults) noexcept {
  decltype(take()) taken{};
  if (!much_is_idle()) return taken;
  heap_.hold_tops(true);
  taken = take();
  while (!taken && much_is_idle() && merge_stock(kMergedForOne, faults)) taken = take();
  heap_.hold_tops(false);
  return taken;
}

// Whether what is idle is out of proportion to what is in use.
bool Arena::much_is_idle() const noexcept {
  return stock_.bytes() + heap_.idle_bytes() > std::max(kFewBytes, in_use() / 4);
}

std::size_t Arena::in_use() const noexcept {
  return heap_.live_block_bytes() - stock_.bytes() - kept_.bytes();
}

void* Arena::allocate(const core::AllocRequest& request, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return nullptr;
  return with_more_memory([&]() PADLOCK_REQUIRES(lock_) { return heap_.allocate(request, faults); }, faults);
}

bool Arena::add_segment() noexcept {
  Segment segment;
  if (has_segment_) segment = map_segment(kBigSegment);
  if (!segment.present()) segment = map_segment(kSmallSegment);
  if (!segment.present()) return false;
  if (!heap_.add_region(segment.blocks, segment.metadata)) {
    unmap_segment(segment);
    return false;
  }
  segment_table.set_owner(segment.begin(), segment.size(), owner_);
  has_segment_ = true;
  return true;
}

std::size_t Arena::lend(std::uint32_t size_class, std::span<core::BlockSlot> lent,
                        core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  merge_idle(faults);
  const std::size_t in_stock = stock_.take(size_class, lent);
  report_damaged_stock(faults);
  if (in_stock != 0) return in_stock;
  const std::uint32_t granules = core::size_class::granules_of(size_class);
  const std::uint64_t number = number_source.upper_bound();
  return with_more_memory(
      [&]() PADLOCK_REQUIRES(lock_) { return heap_.lend(granules, lent, number, faults); }, faults);
}

bool Arena::lend_aligned(std::uint32_t size_class, std::size_t alignment, core::BlockSlot& lent,
                         core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return false;
  merge_idle(faults);
  if (stock_.take_aligned(size_class, alignment, lent)) return true;
  const std::uint32_t granules = core::size_class::granules_of(size_class);
  const std::uint64_t number = number_source.upper_bound();
  return with_more_memory(
      [&]() PADLOCK_REQUIRES(lock_) { return heap_.lend_aligned(granules, alignment, lent, number, faults); },
      faults);
}

void Arena::take_back(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  heap_.observe_number(number_source.upper_bound());
  put_in_stock(slots, faults);
  merge_idle(faults);
  bound_idle(faults);
}

// With many threads most are idle, and may be for good: what they have freed goes back to the system as soon
// as it is half as much as what is in use.
void Arena::bound_idle(core::FaultSink& faults) noexcept {
  constexpr std::uint32_t kMany = 16;
  if (threads() < kMany || settings.options.give_back_after_s == 0) return;
  const std::size_t bound = std::max(kManyBytes, in_use() / 2);
  given_back_ = std::min(given_back_, heap_.idle_bytes());
  if (stock_.bytes() + heap_.idle_bytes() - given_back_ <= bound) return;
  merge_stock(kMergedForOne, faults);
  if (heap_.idle_bytes() - given_back_ <= bound / 2) return;
  Discarded discarded;
  heap_.give_up_tops(discarded, faults);
  heap_.give_up_insides(discarded, faults);
  given_back_ = heap_.idle_bytes();
}

// Found on the way that leads there; what it held is lost.
void Arena::report_damaged_stock(core::FaultSink& faults) noexcept {
  if (stock_.take_damaged()) report_slots(&stock_, core::Moment::kEviction, faults);
}

// Most come in runs of one length.
void Arena::put_in_stock(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept {
  while (!slots.empty()) {
    std::size_t run = 1;
    while (run < slots.size() && slots[run].granules == slots.front().granules) ++run;
    put_run_in_stock(slots.first(run), faults);
    slots = slots.subspan(run);
  }
}

// Blocks of one length.
void Arena::put_run_in_stock(std::span<const core::BlockSlot> run, core::FaultSink& faults) noexcept {
  const std::uint32_t granules = run.front().granules;
  if (!core::size_class::may_be_cached(granules)) {
    for (const core::BlockSlot& slot : run) core::Heap::report_slot(slot, core::Moment::kEviction, faults);
    return;
  }
  const std::uint32_t size_class = core::size_class::at_most(granules);
  while (!run.empty()) {
    const std::size_t pushed = stock_.push(size_class, run);
    report_damaged_stock(faults);
    run = run.subspan(pushed);
    if (pushed == 0 && !make_room_in_stock()) break;
  }
  for (const core::BlockSlot& slot : run) heap_.take_back(slot, core::Moment::kEviction, faults);
}

void Arena::keep(std::span<const core::BlockSlot> slots, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  heap_.observe_number(number_source.upper_bound());
  kept_.limit(std::clamp(in_use() / 8, most_kept_ / 4, most_kept_));
  for (const core::BlockSlot& slot : slots) {
    if (kept_.accepts()) {
      kept_.push(slot);
    } else {
      put_run_in_stock({&slot, 1}, faults);
    }
    while (!kept_.empty() && kept_.over_limit()) pop_kept(faults);
  }
}

// The late quarantine goes to the stock.
void Arena::release_kept(core::FaultSink& faults) noexcept {
  while (!kept_.empty()) pop_kept(faults);
}

void Arena::pop_kept(core::FaultSink& faults) noexcept {
  const core::BlockSlot slot = kept_.pop();
  put_run_in_stock({&slot, 1}, faults);
}

bool Arena::make_room_in_stock() noexcept {
  void* const memory = os::can_spare(kStockMemory) ? os::map_table(kStockMemory) : nullptr;
  if (memory == nullptr) return false;
  stock_.add_memory({static_cast<std::byte*>(memory), kStockMemory});
  return true;
}

// Gives at least `most` blocks of the stock to the heap, which merges them, or all; false if there were
// none.
bool Arena::merge_stock(std::size_t most, core::FaultSink& faults) noexcept {
  heap_.observe_number(number_source.upper_bound());
  core::BlockSlot leaving[core::BlockStock::kCrate];
  std::size_t merged = 0;
  while (merged < most) {
    const std::size_t count = stock_.take_crate(leaving);
    report_damaged_stock(faults);
    if (count == 0) break;
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kPrefetched < count) prefetch(leaving[i + kPrefetched]);
      heap_.take_back(leaving[i], core::Moment::kEviction, faults);
    }
    merged += count;
  }
  return merged != 0;
}

// Merges what has been idle for long, a part of it at each call. It goes back to the system
// when caches have been emptied too, for which the world has to stand still.
void Arena::merge_idle(core::FaultSink& faults) noexcept {
  if (settings.options.give_back_after_s == 0) return;
  if (to_merge_ == 0) {
    const std::size_t idle =
        idle_watch_.idle(os::monotonic_ms(), settings.options.give_back_after_s * 1000, idle_bytes());
    if (idle == 0) return;
    to_merge_ = idle;
  }
  const std::size_t before = stock_.bytes();
  const bool all_merged = !merge_stock(kMergedAtOnce, faults);
  to_merge_ -= std::min(to_merge_, before - stock_.bytes());
  if (to_merge_ != 0 && !all_merged) return;
  to_merge_ = 0;
  trim_due_ = true;
  trim_due.store(true, std::memory_order_relaxed);
}

// Bytes of the arena's idle blocks: ready, free, or in the stock.
std::size_t Arena::idle_bytes() const noexcept {
  const core::HeapStats stats = heap_.stats();
  return stock_.bytes() + stats.ready_bytes + stats.free_bytes;
}

bool Arena::is_trim_due() noexcept {
  const os::LockGuard guard(lock_);
  return trim_due_;
}

void Arena::look_into(core::BlockSlot slot, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  heap_.observe_number(number_source.upper_bound());
  heap_.take_back(slot, core::Moment::kReuse, faults);
}

bool Arena::restore(const core::Keys& keys) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return false;
  return heap_.restore(keys);
}

std::size_t Arena::stock_blocks() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  return stock_.count();
}

std::size_t Arena::stock_bytes() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  return stock_.bytes();
}

std::size_t Arena::kept_blocks() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  return kept_.count();
}

std::size_t Arena::kept_bytes() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  return kept_.bytes();
}

void Arena::deallocate(void* pointer, const core::FreeRequest& request, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  heap_.observe_number(number_source.upper_bound());
  heap_.limit_quarantine(quarantine_bytes());
  heap_.deallocate(pointer, request, faults);
}

// A part of what is in use: what is held back from a large heap matters less to it.
std::size_t Arena::quarantine_bytes() const noexcept {
  const options::Options& options = settings.options;
  const std::size_t most = options.arena_quarantine_kb.bytes();
  const std::size_t part =
      heap_.live_block_bytes() / 100 * static_cast<std::size_t>(options.arena_quarantine_percent);
  return std::clamp(part, std::min(options.arena_quarantine_floor_kb.bytes(), most), most);
}

core::ResizeOutcome Arena::resize(void* pointer, const core::AllocRequest& request,
                                  core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return core::ResizeOutcome::kMustMove;
  return heap_.resize(pointer, request, faults);
}

std::size_t Arena::usable_size(const void* pointer, core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return heap_.find_block(address_of(pointer)).requested;
  heap_.observe_number(number_source.upper_bound());
  return heap_.usable_size(pointer, faults);
}

std::size_t Arena::check(core::Moment moment, core::FaultSink& faults, std::uint16_t first_thread) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  heap_.observe_number(number_source.upper_bound());
  const std::size_t found = check_slots(moment, faults);
  // What two threads freed at once: what leaves a cache is not looked at, and none of these comes up again.
  if (found == 0 && (moment == core::Moment::kExit || moment == core::Moment::kEnd) &&
      threads_may_meet.load(std::memory_order_relaxed))
    heap_.verify_stock(stock_, moment, first_thread, faults);
  return found + heap_.check(moment, faults, first_thread);
}

// Whether what is noted of blocks that caches gave away fits together.
std::size_t Arena::check_slots(core::Moment moment, core::FaultSink& faults) noexcept {
  std::size_t found = 0;
  if (!stock_.is_sound()) found += report_slots(&stock_, moment, faults);
  if (!kept_.is_sound() || !kept_.adds_up()) found += report_slots(&kept_, moment, faults);
  return found;
}

std::size_t Arena::trim(core::FaultSink& faults) noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return 0;
  release_kept(faults);
  merge_stock(SIZE_MAX, faults);
  while (heap_.coalesce(kCoalesceBatch, faults) != 0) {
  }
  trim_due_ = false;
  Discarded discarded;
  heap_.give_up_tops(discarded, faults);
  heap_.give_up_insides(discarded, faults);
  return discarded.bytes;
}

void Arena::shorten_segments() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  ShortenedSegments shortened;
  heap_.give_up_ends(shortened);
}

void Arena::open_segments() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return;
  OpenedSegments opened;
  heap_.give_up_ends(opened);
}

core::HeapStats Arena::stats() noexcept {
  const os::LockGuard guard(lock_);
  if (abandoned_) [[unlikely]]
    return {};
  return heap_.stats();
}

core::BlockSnapshot Arena::find_block(std::uintptr_t address) noexcept {
  const os::LockGuard guard(lock_);
  return heap_.find_block(address);
}

std::optional<core::BlockSnapshot> Arena::try_find_block(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  return heap_.find_block(address);
}

std::optional<core::BlockSnapshot> Arena::try_find_former(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  return heap_.find_former(address);
}

std::optional<core::Poison::Source> Arena::try_find_link(std::uint64_t value, std::uint64_t reach) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  return heap_.find_link(value, reach);
}

std::optional<core::BlockSnapshot> Arena::try_nearest_before(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  return heap_.nearest_before(address);
}

std::optional<core::BlockSnapshot> Arena::try_nearest_behind(std::uintptr_t address) noexcept {
  if (!lock_.try_lock()) return std::nullopt;
  const os::LockGuard guard(lock_, os::kAdopt);
  return heap_.nearest_behind(address);
}

}  // namespace padlock::runtime
