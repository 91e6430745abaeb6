// An arena behind caches, at random: what it lends, stocks, holds back, merges and gives back to the system,
// and which segments it has for that, is what it was before; nothing is lost. One that was abandoned does
// nothing.
#include "runtime/memory/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/record.h"
#include "fault_notes.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime::arena_checks {
namespace {

using core::BlockCache;
using core::BlockSlot;

constexpr SegmentOwner kOwner = 58;
constexpr std::size_t kQuarantine = 1_MiB;
constexpr std::size_t kKept = 256 * 1024;

core::HeapConfig config() {
  core::HeapConfig config;
  config.key = 0x5eed;
  config.seed = 3;
  config.quarantine_bytes = kQuarantine;
  return config;
}

// A thread's cache.
struct Front {
  explicit Front(const core::Keys& keys)
      : quarantine(2000),
        ready(core::ReadyBlocks::slots_needed()),
        cache(keys, quarantine, 64 * 1024, true, ready) {}
  std::vector<BlockSlot> quarantine, ready;
  BlockCache cache;
};

// Puts back what it changes of the process's settings.
class WithGivingBack {
 public:
  explicit WithGivingBack(std::int64_t seconds) : before_(settings.options.give_back_after_s) {
    settings.options.give_back_after_s = seconds;
  }
  ~WithGivingBack() { settings.options.give_back_after_s = before_; }
  WithGivingBack(const WithGivingBack&) = delete;
  WithGivingBack& operator=(const WithGivingBack&) = delete;

 private:
  decltype(settings.options.give_back_after_s) before_;
};

struct Held {
  std::byte* memory = nullptr;
  std::size_t size = 0;
  bool cached = false;
  std::uint8_t fill = 0;
};

class ArenaPlayer {
 public:
  ArenaPlayer()
      : mapped_(memory_budget.used()),
        arena_(kOwner, with_caches(), slots_, kept_, kKept),
        keys_(core::Keys::derive(config().key)) {
    for (int i = 0; i < 3; ++i) fronts_.push_back(std::make_unique<Front>(keys_));
  }
  ~ArenaPlayer() {
    for (const auto& [begin, number] : segments_) {
      const std::size_t size = reinterpret_cast<const SegmentHead*>(begin)->size;
      segment_table.set_owner(begin, align_up(size, kSlotSize), kNoOwner);
      os::unmap(reinterpret_cast<void*>(begin), size);
      memory_budget.give_back(size);
    }
    EXPECT_EQ(memory_budget.used(), mapped_);
  }
  ArenaPlayer(const ArenaPlayer&) = delete;
  ArenaPlayer& operator=(const ArenaPlayer&) = delete;

  Arena& arena() { return arena_; }
  FaultNotes& notes() { return notes_; }
  const core::test::Record& record() const { return record_; }

  // `most`: blocks that are live at once.
  void play(int rounds, std::size_t most, std::size_t longest) {
    for (int round = 0; round < rounds && !testing::Test::HasFatalFailure(); ++round) {
      const bool grows = live_.size() < most / 4 || (round / 2000 % 2 == 0 && live_.size() < most);
      pick(100) < (grows ? 65U : 35U) ? allocate(longest) : free_one();
      if (pick(500) == 0) expect_counts();
      if (pick(3000) == 0) trim();
    }
    expect_counts();
    ASSERT_EQ(arena_.check(core::Moment::kCheck, notes_), 0U);
    ASSERT_TRUE(notes_.faults.empty());
  }

  void empty() {
    while (!live_.empty() && !testing::Test::HasFatalFailure()) free_one();
    for (const auto& front : fronts_) drain(front->cache);
    trim();
    ASSERT_EQ(arena_.stats().live_blocks, 0U);
    ASSERT_EQ(arena_.stock_blocks() + arena_.kept_blocks(), 0U);
    ASSERT_EQ(arena_.check(core::Moment::kExit, notes_), 0U);
    ASSERT_TRUE(notes_.faults.empty());
  }

  void trim() {
    record_.add(arena_.trim(notes_));
    ASSERT_EQ(arena_.stock_bytes() + arena_.kept_bytes(), 0U);
    ASSERT_FALSE(arena_.is_trim_due());
    arena_.shorten_segments();
    record_.add(memory_budget.used() - mapped_);
  }

  // Its segments are given back in the end.
  std::uint64_t note_place(const void* memory) { return place_of(memory); }

  // One block of each kind, for those who look at them.
  std::byte* any_live() { return live_.front().memory; }

 private:
  core::HeapConfig with_caches() {
    core::HeapConfig with = config();
    with.is_cached = [](const core::BlockHeader* block, const void* context) {
      const auto& player = *static_cast<const ArenaPlayer*>(context);
      return player.arena_.holds_put_aside(block) ||
             std::ranges::any_of(player.fronts_,
                                 [&](const auto& front) { return front->cache.holds(block); });
    };
    with.cached_context = this;
    return with;
  }

  std::size_t pick(std::size_t below) { return random_() % below; }
  BlockCache& any_cache() { return fronts_[pick(fronts_.size())]->cache; }

  std::size_t any_size(std::size_t longest) {
    const std::size_t below = std::size_t{16} << pick(static_cast<std::size_t>(std::bit_width(longest / 16)));
    return pick(std::min(below, longest)) + 1;
  }

  void allocate(std::size_t longest) {
    core::AllocRequest request;
    request.size = any_size(longest);
    request.alignment = pick(10) == 0 ? std::size_t{1} << pick(14) : 0;
    request.by = {static_cast<std::uint32_t>(pick(1000)), static_cast<std::uint16_t>(pick(100)), ++number_};
    const bool cached = BlockCache::serves(request);
    auto* const memory =
        static_cast<std::byte*>(cached ? from_cache(any_cache(), request) : arena_.allocate(request, notes_));
    ASSERT_NE(memory, nullptr);
    ASSERT_EQ(address_of(memory) % std::max<std::size_t>(request.alignment, 16), 0U);
    record_.add(place_of(memory));
    const Held held{memory, request.size, cached, static_cast<std::uint8_t>(1 + pick(255))};
    std::memset(memory, held.fill, held.size);
    live_.push_back(held);
  }

  void* from_cache(BlockCache& cache, const core::AllocRequest& request) {
    BlockSlot suspect;
    void* const ready = cache.allocate(request, suspect);
    if (ready != nullptr) return ready;
    EXPECT_EQ(suspect.block, nullptr);
    const std::uint32_t size_class = core::size_class::at_least(core::granules_for(request.size));
    if (request.alignment > core::kGranule) {
      BlockSlot lent;
      if (!arena_.lend_aligned(size_class, request.alignment, lent, notes_)) return nullptr;
      return cache.allocate_lent(lent, request, suspect);
    }
    BlockSlot lent[64];
    const std::size_t wanted = std::min<std::size_t>(cache.refill_count(size_class), 64);
    const std::size_t count = arena_.lend(size_class, std::span(lent, wanted), notes_);
    record_.add(count);
    for (std::size_t i = count; i > 0; --i) cache.add(size_class, lent[i - 1]);
    give_surplus(cache);
    return cache.allocate(request, suspect);
  }

  void free_one() {
    if (live_.empty()) return;
    const std::size_t which = pick(live_.size());
    const Held held = std::exchange(live_[which], live_.back());
    live_.pop_back();
    std::byte* const memory = held.memory;
    for (std::size_t i = 0; i < held.size; i += 97) ASSERT_EQ(memory[i], std::byte{held.fill});
    ASSERT_EQ(arena_.usable_size(memory, notes_), held.size);
    core::FreeRequest request;
    request.by = {static_cast<std::uint32_t>(pick(1000)), 1, 0};
    BlockCache& cache = any_cache();
    const bool taken = cache.deallocate(memory, request);
    if (!taken) arena_.deallocate(memory, request, notes_);
    give_surplus(cache);
  }

  void give_surplus(BlockCache& cache) {
    BlockSlot taken[BlockCache::kSurplus];
    while (const std::size_t count = cache.take_surplus(taken)) arena_.take_back({taken, count}, notes_);
    if (cache.are_kept_due()) give_kept(cache);
  }

  void give_kept(BlockCache& cache) {
    BlockSlot kept[BlockCache::kKept];
    const std::size_t count = cache.take_kept(kept);
    arena_.keep({kept, count}, notes_);
    for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(arena_.holds_put_aside(kept[i].block));
  }

  void drain(BlockCache& cache) {
    BlockSlot taken[BlockCache::kSurplus];
    while (const std::size_t count = cache.drain(taken)) {
      arena_.take_back({taken, count}, notes_);
      give_kept(cache);
    }
    give_kept(cache);
  }

  void expect_counts() {
    std::size_t held = arena_.stock_blocks() + arena_.kept_blocks();
    for (const auto& front : fronts_) {
      const BlockCache& cache = front->cache;
      held += cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks();
    }
    const core::HeapStats stats = arena_.stats();
    ASSERT_EQ(stats.live_blocks, live_.size() + held);
    record_.add_stats(stats);
    record_.add(arena_.stock_blocks(), arena_.stock_bytes(), arena_.kept_blocks(), arena_.kept_bytes(),
                memory_budget.used() - mapped_);
  }

  // Where in which segment: the segments' own addresses are the kernel's choice.
  std::uint64_t place_of(const void* memory) {
    const std::uintptr_t begin = segment_table.begin_of(address_of(memory));
    EXPECT_EQ(segment_table.owner_of(address_of(memory)), kOwner);
    const std::uint64_t number = segments_.try_emplace(begin, segments_.size()).first->second;
    return number << 32 | (address_of(memory) - begin);
  }

  std::mt19937_64 random_{11};
  std::size_t mapped_;
  std::vector<BlockSlot> slots_{2049};
  std::vector<BlockSlot> kept_{kKept / 128 + 1};
  Arena arena_;
  core::Keys keys_;
  FaultNotes notes_;
  core::test::Record record_;
  std::vector<std::unique_ptr<Front>> fronts_;
  std::map<std::uintptr_t, std::uint64_t> segments_;
  std::vector<Held> live_;  // in an order that does not depend on addresses
  std::uint64_t number_ = 0;
};

TEST(ArenaModel, SmallBlocks) {
  const WithGivingBack never(0);
  ArenaPlayer player;
  player.play(40000, 5000, 600);
  player.empty();
  EXPECT_TRUE(player.record().is(0x72a6f8d1a4951495)) << std::hex << player.record().digest();
}

TEST(ArenaModel, AllBlocks) {
  const WithGivingBack never(0);
  ArenaPlayer player;
  player.play(30000, 1500, 200000);
  player.empty();
  EXPECT_TRUE(player.record().is(0x4e69fa7c5eadfa6e)) << std::hex << player.record().digest();
}

// Then idle memory is bounded. (The period after which the rest is given back never ends here.)
TEST(ArenaModel, OfManyThreads) {
  const WithGivingBack late(1'000'000'000);
  ArenaPlayer player;
  for (int i = 0; i < 16; ++i) player.arena().add_thread();
  player.play(30000, 3000, 20000);
  player.empty();
  EXPECT_TRUE(player.record().is(0x4353c620fab4d1e0)) << std::hex << player.record().digest();
}

TEST(Arena, ThatIsAbandonedDoesNothing) {
  const WithGivingBack never(0);
  ArenaPlayer player;
  Arena& arena = player.arena();
  FaultNotes& notes = player.notes();
  player.play(5000, 1000, 100000);
  core::AllocRequest request;
  request.size = 40000;
  void* const block = arena.allocate(request, notes);
  BlockSlot lent[4];
  ASSERT_EQ(arena.lend(3, lent, notes), 4U);
  ASSERT_NE(arena.stats().live_blocks, 0U);
  ASSERT_NE(arena.stock_blocks() + arena.kept_blocks(), 0U);
  arena.abandon();
  EXPECT_TRUE(arena.is_abandoned());
  EXPECT_EQ(arena.allocate(request, notes), nullptr);
  EXPECT_EQ(arena.lend(3, lent, notes), 0U);
  EXPECT_FALSE(arena.lend_aligned(3, 64, lent[0], notes));
  arena.take_back(lent, notes);
  arena.keep(lent, notes);
  const BlockSlot damaged[1] = {};
  arena.take_back(damaged, notes);  // not reported, as nothing is looked at
  arena.look_into(lent[0], notes);
  EXPECT_FALSE(arena.holds_put_aside(lent[0].block));
  EXPECT_EQ(arena.stock_blocks() + arena.stock_bytes() + arena.kept_blocks() + arena.kept_bytes(), 0U);
  std::memset(static_cast<std::byte*>(block) - 8, 0x55, 4);  // nothing is looked for
  arena.deallocate(block, {}, notes);
  EXPECT_EQ(arena.find_block(address_of(block)).user, address_of(block));
  EXPECT_EQ(arena.resize(block, request, notes), core::ResizeOutcome::kMustMove);
  std::memset(player.any_live() - 40, 0x55, 8);
  EXPECT_EQ(arena.check(core::Moment::kExit, notes), 0U);
  EXPECT_EQ(arena.trim(notes), 0U);
  arena.shorten_segments();
  arena.open_segments();
  EXPECT_EQ(arena.stats().regions, 0U);
  EXPECT_TRUE(notes.faults.empty());
}

// Of one class, in the order of their addresses; their segments are given back in the end.
std::vector<BlockSlot> lend_all(ArenaPlayer& player, std::uint32_t size_class, std::size_t count) {
  std::vector<BlockSlot> lent(count);
  for (std::size_t done = 0; done < count;) {
    const auto wanted = std::span(lent).subspan(done, std::min<std::size_t>(64, count - done));
    const std::size_t got = player.arena().lend(size_class, wanted, player.notes());
    if (got == 0) std::abort();
    for (std::size_t i = done; i < done + got; ++i) player.note_place(lent[i].block);
    done += got;
  }
  std::ranges::sort(lent, {}, &BlockSlot::block);
  return lent;
}

constexpr std::uint32_t kKilobyte = core::size_class::at_least(1024 / core::kGranule);

// With a period that is over at once, whatever the time.
TEST(Arena, WhatWasIdleForAPeriodIsMergedBitByBitUntilATrimIsDue) {
  constexpr std::uint32_t kClass = 60;
  constexpr std::size_t kAtOnce = 2048;
  constexpr std::size_t kCrate = core::BlockStock::kCrate;
  ArenaPlayer player;
  Arena& arena = player.arena();
  FaultNotes& notes = player.notes();
  {
    const WithGivingBack never(0);
    const std::vector<BlockSlot> lent = lend_all(player, kClass, 5 * kAtOnce);
    ASSERT_GT(lent.size() * core::size_class::granules_of(kClass) * core::kGranule, 9_MiB);
    arena.take_back(lent, notes);
  }
  const WithGivingBack at_once(-1);
  std::size_t left = arena.stock_blocks();
  ASSERT_EQ(left, 5 * kAtOnce);
  arena.take_back({}, notes);
  EXPECT_EQ(arena.stock_blocks(), left);  // of the period before nothing was known
  while (left != 0) {
    EXPECT_FALSE(arena.is_trim_due());
    arena.take_back({}, notes);
    const std::size_t merged = left - arena.stock_blocks();
    ASSERT_GE(merged, std::min(left, kAtOnce));
    ASSERT_LT(merged, kAtOnce + kCrate);
    left -= merged;
  }
  for (int i = 0; i < 2 && !arena.is_trim_due(); ++i) arena.take_back({}, notes);
  EXPECT_TRUE(arena.is_trim_due());
  EXPECT_TRUE(trim_due.exchange(false));
  player.trim();
  EXPECT_TRUE(notes.faults.empty());
}

// What is merged at once are whole crates of blocks.
constexpr std::size_t kMergedForOne = (256 / core::BlockStock::kCrate + 1) * core::BlockStock::kCrate;

TEST(Arena, OfManyThreadsNoMoreThanAMegabyteIsIdle) {
  const WithGivingBack late(1'000'000'000);
  ArenaPlayer player;
  Arena& arena = player.arena();
  const std::vector<BlockSlot> lent = lend_all(player, kKilobyte, 1025);
  for (int i = 0; i < 15; ++i) arena.add_thread();
  arena.take_back(std::span(lent).first(1024), player.notes());
  arena.add_thread();
  arena.take_back({}, player.notes());
  EXPECT_EQ(arena.stock_blocks(), 1024U) << "a megabyte";
  arena.drop_thread();
  arena.take_back(std::span(lent).last(1), player.notes());
  EXPECT_EQ(arena.stock_blocks(), 1025U) << "fifteen threads";
  arena.add_thread();
  const auto* const inside = reinterpret_cast<const std::uint64_t*>(lent[100].block + 2);
  arena.take_back({}, player.notes());
  EXPECT_EQ(arena.stock_blocks(), 1025 - kMergedForOne);
  EXPECT_NE(*inside, 0U) << "half of a megabyte may be merged";
  arena.take_back({}, player.notes());
  EXPECT_EQ(arena.stock_blocks(), 1025 - 2 * kMergedForOne);
  EXPECT_EQ(*inside, 0U) << "is the system's";
  arena.take_back({}, player.notes());
  EXPECT_EQ(arena.stock_blocks(), 1025 - 2 * kMergedForOne) << "what was given back does not count";
  EXPECT_TRUE(player.notes().faults.empty());
}

TEST(Arena, OfManyThreadsHalfOfWhatIsInUseMayBeIdle) {
  const WithGivingBack late(1'000'000'000);
  ArenaPlayer player;
  for (int i = 0; i < 16; ++i) player.arena().add_thread();
  const std::vector<BlockSlot> lent = lend_all(player, kKilobyte, 3 * 1536);
  player.arena().take_back(std::span(lent).first(1536), player.notes());
  EXPECT_EQ(player.arena().stock_blocks(), 1536U);
  player.arena().take_back(std::span(lent).subspan(1536, 1), player.notes());
  EXPECT_EQ(player.arena().stock_blocks(), 1537 - kMergedForOne);
}

// Then an allocation is made of that, and of nothing that was never allocated. Much is more than a quarter of
// what is in use, and of a megabyte.
TEST(Arena, MemoryThatIsIdleIsPreferredWhereItIsMuch) {
  const WithGivingBack never(0);
  for (const auto& [in_use, most] : {std::pair<std::size_t, std::size_t>{4, 256}, {4096, 1024}}) {
    for (const std::size_t idle : {most, most + 1}) {
      ArenaPlayer player;
      const std::vector<BlockSlot> lent = lend_all(player, kKilobyte, in_use + idle);
      player.arena().take_back(std::span(lent).first(idle), player.notes());
      const std::vector<BlockSlot> other = lend_all(player, core::size_class::at_least(3), 1);
      EXPECT_EQ(other[0].block<lent.back().block, idle> most) << idle;
    }
  }
}

// Of what came in the meantime nothing is merged, and what is free counts as idle as well.
TEST(Arena, OnlyWhatWasIdleForAPeriodIsMerged) {
  constexpr std::size_t kBlocks = 9 * 1024;
  ArenaPlayer player;
  Arena& arena = player.arena();
  FaultNotes& notes = player.notes();
  const std::vector<BlockSlot> lent = lend_all(player, kKilobyte, 2 * kBlocks);
  {
    const WithGivingBack never(0);
    arena.take_back(std::span(lent).first(kBlocks), notes);
  }
  {
    const WithGivingBack at_once(-1);
    arena.take_back({}, notes);
    EXPECT_EQ(arena.stock_blocks(), kBlocks);
    arena.take_back(std::span(lent).last(kBlocks), notes);
    while (!arena.is_trim_due()) arena.take_back({}, notes);
    EXPECT_GE(arena.stock_blocks(), kBlocks - 2048 - core::BlockStock::kCrate);
    EXPECT_LE(arena.stock_blocks(), kBlocks);
  }
  const WithGivingBack late(1'000'000'000);
  const std::size_t left = arena.stock_blocks();
  arena.take_back({}, notes);
  EXPECT_EQ(arena.stock_blocks(), left);
  EXPECT_TRUE(trim_due.exchange(false));
}

TEST(Arena, ATrimIsDueForFreeMemoryFromEightMegabytesOn) {
  for (const std::size_t blocks : {std::size_t{1024}, std::size_t{9} * 1024}) {
    ArenaPlayer player;
    Arena& arena = player.arena();
    {
      const WithGivingBack never(0);
      const std::vector<BlockSlot> lent = lend_all(player, kKilobyte, blocks + 1);
      arena.take_back(std::span(lent).first(blocks), player.notes());
      arena.trim(player.notes());
      ASSERT_GE(arena.stats().free_bytes, blocks * 1024);
    }
    const WithGivingBack at_once(-1);
    arena.take_back({}, player.notes());
    arena.take_back({}, player.notes());
    EXPECT_EQ(arena.is_trim_due(), blocks > 8 * 1024) << blocks;
    trim_due = false;
  }
}

TEST(Arena, OfABusyOneNothingIsKnown) {
  const WithGivingBack never(0);
  ArenaPlayer player;
  Arena& arena = player.arena();
  player.play(100, 50, 1000);
  const std::uintptr_t address = address_of(player.any_live());
  EXPECT_EQ(arena.try_find_block(address)->user, address);
  EXPECT_TRUE(arena.try_find_former(address).has_value());
  EXPECT_TRUE(arena.try_nearest_before(address).has_value());
  EXPECT_TRUE(arena.try_nearest_behind(address).has_value());
  EXPECT_TRUE(arena.try_find_link(1, 8).has_value());
  const os::LockGuard busy(arena.lock());
  EXPECT_FALSE(arena.try_find_block(address).has_value());
  EXPECT_FALSE(arena.try_find_former(address).has_value());
  EXPECT_FALSE(arena.try_nearest_before(address).has_value());
  EXPECT_FALSE(arena.try_nearest_behind(address).has_value());
  EXPECT_FALSE(arena.try_find_link(1, 8).has_value());
}

}  // namespace
}  // namespace padlock::runtime::arena_checks
