// Giving memory back: what a trim empties and what it leaves, and after how many ended threads there is one.
#include "runtime/calls/trim.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "process_heap.h"
#include "runtime/calls/statistics.h"
#include "runtime/holders/place.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/idle_watch.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime::trim_checks {
namespace {

class TrimTest : public ProcessHeapTest {
 protected:
  TrimTest() { give(take(1)); }
  ~TrimTest() override { EXPECT_EQ(kinds(), Kinds{}); }

  // Many megabytes of freed blocks that caches and arenas hold, beyond what quarantines do.
  static void leave_idle(std::size_t size = 1000, std::size_t bytes = 24 * 1024 * 1024) {
    std::vector<std::uint8_t*> blocks;
    for (std::size_t taken = 0; taken < bytes; taken += size) blocks.push_back(take(size));
    for (std::uint8_t* const block : blocks) give(block);
  }
  static std::size_t idle() { return statistics(here()).idle_blocks_bytes; }
  static const core::BlockCache& cache() { return thread_slot.state->cache; }
};

TEST_F(TrimTest, EmptiesCachesAndGivesBackWhatIsIdle) {
  trim(here());
  leave_idle();
  EXPECT_GT(idle(), 16U * 1024 * 1024);
  EXPECT_GT(cache().ready_blocks(), 0U);
  EXPECT_GT(cache().quarantined_blocks(), 0U);
  EXPECT_TRUE(trim(here()));
  EXPECT_LT(idle(), 8U * 1024 * 1024);
  EXPECT_EQ(cache().ready_blocks(), 0U);
  EXPECT_EQ(cache().quarantined_blocks(), 0U);
  EXPECT_EQ(cache().kept_blocks(), 0U);
  trim(here());
  EXPECT_FALSE(trim(here())) << "nothing is left";
}

TEST_F(TrimTest, EmptiesCachesOfOtherThreads) {
  std::latch freed(1), looked(1);
  const core::BlockCache* other_cache = nullptr;
  std::thread other([&] {
    for (int i = 0; i < 10; ++i) give(take(200));
    other_cache = &cache();
    freed.count_down();
    looked.wait();
  });
  freed.wait();
  EXPECT_GT(other_cache->quarantined_blocks(), 0U);
  trim(here());
  EXPECT_EQ(other_cache->quarantined_blocks() + other_cache->ready_blocks(), 0U);
  looked.count_down();
  other.join();
}

TEST_F(TrimTest, GivesBackThePagesOfFreedLargeBlocks) {
  trim(here());
  give(take(3'000'000));
  const LargeStats before = large_blocks.stats();
  EXPECT_TRUE(trim(here()) || before.kept_bytes == 0);
  EXPECT_EQ(large_blocks.stats().kept_bytes, 0U);
}

TEST_F(TrimTest, IsNoneWhereTheCallCannotEnter) {
  leave_idle();
  {
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_FALSE(trim(here()));
    shed_reserve(here());
  }
  EXPECT_GT(cache().quarantined_blocks(), 0U);
  EXPECT_TRUE(trim(here()));
}

TEST_F(TrimTest, SheddingTheReserveEmptiesAllAsWell) {
  leave_idle();
  give(take(3'000'000));
  const std::size_t mapped = statistics(here()).mapped_bytes;
  errno = 77;
  shed_reserve(here());
  EXPECT_EQ(errno, 77);
  EXPECT_LT(statistics(here()).mapped_bytes, mapped) << "ends of segments go back";
  EXPECT_EQ(cache().ready_blocks() + cache().quarantined_blocks(), 0U);
  EXPECT_LT(idle(), 8U * 1024 * 1024);
  EXPECT_EQ(large_blocks.stats().kept_bytes, 0U);
  std::uint8_t* const block = take(50'000);
  EXPECT_EQ(place_of(reinterpret_cast<std::uintptr_t>(block)).holder, Holder::kArena)
      << "there is more where it was";
  give(block);
}

TEST_F(TrimTest, OneThatIsDueIsDoneOnceAndNotAmidstAnotherCall) {
  leave_idle();
  trim_due = true;
  {
    const ActivityScope reporting(Activity::kReporting);
    trim_where_due(here());
  }
  EXPECT_TRUE(trim_due);
  EXPECT_GT(cache().quarantined_blocks(), 0U);
  errno = 77;
  trim_where_due(here());
  EXPECT_EQ(errno, 77);
  EXPECT_FALSE(trim_due);
  EXPECT_EQ(cache().quarantined_blocks(), 0U);
  give(take(200));
  trim_where_due(here());
  EXPECT_GT(cache().quarantined_blocks(), 0U) << "none is due";
}

TEST_F(TrimTest, AnArenaThatIsNotDueIsLeftAsItIs) {
  trim(here());
  leave_idle();
  const std::size_t before = idle();
  arena_set.for_each([](Arena& arena) { static_cast<void>(arena.is_trim_due()); });
  trim_due = true;
  trim_where_due(here());
  EXPECT_GE(idle(), before) << "though caches were emptied";
  trim(here());
}

// Of threads that are given: they have ended before, or do so now.
class ThreadsEndTest : public TrimTest {
 protected:
  // Ends count from the last trim of theirs on.
  void SetUp() override {
    leave_idle();
    for (int i = 0; i < 1000 && is_cache_full(); ++i) trim_after_thread_end(here());
    ASSERT_FALSE(is_cache_full());
  }
  static bool is_cache_full() { return cache().quarantined_blocks() != 0; }
  // How many ends it takes until there is a trim.
  static int ends() {
    leave_idle();
    int count = 0;
    while (is_cache_full() && count < 1000) {
      trim_after_thread_end(here());
      ++count;
    }
    return count;
  }
};

TEST_F(ThreadsEndTest, SixteenEndsAreWorthATrim) {
  ASSERT_LE(world.size(), 4U);
  EXPECT_EQ(ends(), 16);
  EXPECT_LT(idle(), IdleWatch::kWorthwhile);
  EXPECT_EQ(ends(), 16) << "and so on";
}

TEST_F(ThreadsEndTest, AmongManyThreadsFourTimesAsManyEndsAreNeeded) {
  constexpr std::size_t kMore = 9;
  std::latch known(kMore), asked(1);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kMore; ++i)
    threads.emplace_back([&] {
      give(take(1));
      known.count_down();
      asked.wait();
    });
  known.wait();
  const auto expected = static_cast<int>(4 * world.size());
  EXPECT_GE(expected, 40);
  EXPECT_EQ(ends(), expected);
  asked.count_down();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ThreadsEndTest, WhereMemoryIsNeverGivenBackEndsDoNotCount) {
  leave_idle();
  {
    const Changed<decltype(settings.options.give_back_after_s)> never(settings.options.give_back_after_s, 0);
    for (int i = 0; i < 100; ++i) trim_after_thread_end(here());
    EXPECT_TRUE(is_cache_full());
  }
  EXPECT_EQ(ends(), 16);
}

TEST_F(ThreadsEndTest, WhatIsIdleHasToBeWorthIt) {
  trim(here());
  while (idle() > IdleWatch::kWorthwhile / 2) trim(here());
  leave_idle(40'000, 3'000'000);
  ASSERT_GT(idle(), 0U);
  ASSERT_LT(idle(), IdleWatch::kWorthwhile);
  for (int i = 0; i < 100; ++i) give(take(200));
  errno = 77;
  for (int i = 0; i < 100; ++i) trim_after_thread_end(here());
  EXPECT_EQ(errno, 77);
  EXPECT_TRUE(is_cache_full());
}

// The pages of freed large blocks go back in their own time.
TEST_F(ThreadsEndTest, LargeBlocksAreLeftAsTheyAre) {
  give(take(3'000'000));
  const std::size_t kept = large_blocks.stats().kept_bytes;
  ends();
  EXPECT_EQ(large_blocks.stats().kept_bytes, kept);
}

}  // namespace
}  // namespace padlock::runtime::trim_checks
