// Counters of the process: what each call of the program changes of them, to the block and to the byte, and
// how they are shown.
#include "runtime/calls/statistics.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "process_heap.h"
#include "runtime/calls/glibc_extras.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime::statistics_checks {
namespace {

using Blocks = std::vector<std::uint8_t*>;

class StatisticsTest : public ProcessHeapTest {
 protected:
  StatisticsTest() { give(take(1)); }  // the thread is known, and has its cache

  static Statistics now() { return statistics(here()); }
  static std::size_t size_of(const void* block) { return find_block(address_of(block)).block_size; }
  static std::size_t sizes_of(const Blocks& blocks) {
    std::size_t bytes = 0;
    for (const std::uint8_t* const block : blocks) bytes += size_of(block);
    return bytes;
  }
  // Of blocks that other tests freed some may leave the quarantine meanwhile.
  static void expect_quarantined(const Statistics& before, const Statistics& after, std::size_t bytes) {
    if (before.quarantined_bytes > 100'000) return;
    EXPECT_EQ(after.quarantined_blocks - before.quarantined_blocks, 1U);
    EXPECT_EQ(after.quarantined_bytes - before.quarantined_bytes, bytes);
  }
  static Blocks take_many(std::size_t count, std::size_t size) {
    Blocks blocks;
    while (blocks.size() < count) blocks.push_back(take(size));
    return blocks;
  }
};

// What is freed is held back or ready, and nothing of it is lost on the way from one to the other.
void expect_freed(const Statistics& before, const Statistics& after, std::size_t blocks,
                  std::size_t requested, std::size_t bytes) {
  EXPECT_EQ(before.live_blocks - after.live_blocks, blocks);
  EXPECT_EQ(before.live_bytes - after.live_bytes, requested);
  EXPECT_EQ(before.live_small_bytes - after.live_small_bytes, bytes);
  EXPECT_EQ(
      after.quarantined_bytes + after.idle_blocks_bytes - before.quarantined_bytes - before.idle_blocks_bytes,
      bytes);
  EXPECT_EQ(after.live_large_blocks, before.live_large_blocks);
  EXPECT_EQ(after.live_large_bytes, before.live_large_bytes);
}

TEST_F(StatisticsTest, ABlockOfACacheMovesFromReadyToLiveToQuarantined) {
  const Blocks first = take_many(5, 100);  // more of the size are ready now
  const Statistics before = now();
  std::uint8_t* const block = take(90);
  const std::size_t bytes = size_of(block);
  const Statistics live = now();
  EXPECT_EQ(live.live_blocks - before.live_blocks, 1U);
  EXPECT_EQ(live.live_bytes - before.live_bytes, 90U);
  EXPECT_EQ(live.live_small_bytes - before.live_small_bytes, bytes);
  EXPECT_EQ(before.idle_blocks_bytes - live.idle_blocks_bytes, bytes);
  EXPECT_EQ(live.quarantined_blocks, before.quarantined_blocks);
  EXPECT_EQ(live.quarantined_bytes, before.quarantined_bytes);
  give(block);
  const Statistics freed = now();
  expect_freed(live, freed, 1, 90, bytes);
  expect_quarantined(live, freed, bytes);
  for (std::uint8_t* const one : first) give(one);
}

TEST_F(StatisticsTest, ABlockOfAnArenaGoesFromLiveToQuarantined) {
  constexpr std::size_t kSize = 100'001;
  const Statistics before = now();
  std::uint8_t* const block = take(kSize);
  const std::size_t bytes = size_of(block);
  const Statistics live = now();
  EXPECT_EQ(live.live_blocks - before.live_blocks, 1U);
  EXPECT_EQ(live.live_bytes - before.live_bytes, kSize);
  EXPECT_EQ(live.live_small_bytes - before.live_small_bytes, bytes);
  EXPECT_EQ(live.live_large_blocks, before.live_large_blocks);
  give(block);
  const Statistics freed = now();
  expect_freed(live, freed, 1, kSize, bytes);
  expect_quarantined(live, freed, bytes);
}

TEST_F(StatisticsTest, NothingIsLostWhereManyBlocksAreFreed) {
  const std::size_t size = 500;
  const Blocks blocks = take_many(20'000, size);
  const std::size_t bytes = sizes_of(blocks);
  const Statistics live = now();
  for (std::uint8_t* const block : blocks) give(block);
  const Statistics freed = now();
  expect_freed(live, freed, blocks.size(), blocks.size() * size, bytes);
  EXPECT_GT(freed.idle_blocks_bytes, live.idle_blocks_bytes);
  EXPECT_GT(freed.quarantined_bytes, live.quarantined_bytes);
  if (live.quarantined_bytes > 100'000) return;  // of other tests
  const std::size_t blocks_held = freed.quarantined_blocks - live.quarantined_blocks;
  const std::size_t bytes_held = freed.quarantined_bytes - live.quarantined_bytes;
  EXPECT_GE(bytes_held, blocks_held * (size + core::kHeaderSize));
  EXPECT_LE(bytes_held, blocks_held * (size + core::kHeaderSize + 64));
}

TEST_F(StatisticsTest, NothingIsLostWhereManyBlocksOfArenasAreFreed) {
  const Blocks blocks = take_many(80, 40'000);
  const std::size_t bytes = sizes_of(blocks);
  const Statistics live = now();
  for (std::uint8_t* const block : blocks) give(block);
  const Statistics freed = now();
  expect_freed(live, freed, blocks.size(), blocks.size() * 40'000, bytes);
  EXPECT_GT(freed.idle_blocks_bytes, live.idle_blocks_bytes);
}

TEST_F(StatisticsTest, ALargeBlockIsCountedWithItsPages) {
  const Statistics before = now();
  std::uint8_t* const block = take(300'001);
  const Statistics live = now();
  EXPECT_EQ(live.live_blocks - before.live_blocks, 1U);
  EXPECT_EQ(live.live_bytes - before.live_bytes, 300'001U);
  EXPECT_EQ(live.live_large_blocks - before.live_large_blocks, 1U);
  EXPECT_EQ(live.live_small_bytes, before.live_small_bytes);
  const std::size_t mapped = live.live_large_bytes - before.live_large_bytes;
  EXPECT_GT(mapped, 300'001U);
  EXPECT_LT(mapped, 300'001U + 256 * 1024);
  give(block);
  const Statistics freed = now();
  EXPECT_EQ(freed.live_blocks, before.live_blocks);
  EXPECT_EQ(freed.live_bytes, before.live_bytes);
  EXPECT_EQ(freed.live_large_blocks, before.live_large_blocks);
  EXPECT_EQ(freed.live_large_bytes, before.live_large_bytes);
  EXPECT_EQ(freed.quarantined_blocks - before.quarantined_blocks, 1U);
  EXPECT_EQ(freed.quarantined_bytes - before.quarantined_bytes, mapped);
  EXPECT_EQ(freed.idle_blocks_bytes, before.idle_blocks_bytes);
}

TEST_F(StatisticsTest, AGuardedBlockIsCountedWithItsOpenPages) {
  guarded_blocks.set_up(settings.keys, {});
  ASSERT_TRUE(guarded_blocks.begin());
  core::AllocRequest request;
  request.size = 5000;
  request.by.number = 1;
  const Statistics before = now();
  const GuardedStats guarded = guarded_blocks.stats();
  if (guarded.made != 0) GTEST_SKIP() << "other tests have set them up before";
  void* const block = guarded_blocks.allocate(request, GuardedSide::kBack);
  ASSERT_NE(block, nullptr);
  const Statistics live = now();
  EXPECT_EQ(live.live_blocks - before.live_blocks, 1U);
  EXPECT_EQ(live.live_bytes - before.live_bytes, 5000U);
  EXPECT_EQ(live.live_small_bytes - before.live_small_bytes, 2 * 4096U);
  EXPECT_EQ(live.guarded_blocks, before.guarded_blocks + 1);
  EXPECT_EQ(live.quarantined_bytes, before.quarantined_bytes);
  give(block);
  const Statistics freed = now();
  EXPECT_EQ(freed.live_blocks, before.live_blocks);
  EXPECT_EQ(freed.live_bytes, before.live_bytes);
  EXPECT_EQ(freed.live_small_bytes, before.live_small_bytes);
  EXPECT_EQ(freed.guarded_blocks, before.guarded_blocks + 1);
  EXPECT_EQ(freed.quarantined_blocks - before.quarantined_blocks, 1U);
  EXPECT_EQ(freed.quarantined_bytes - before.quarantined_bytes,
            guarded_blocks.stats().quarantined_bytes - guarded.quarantined_bytes);
  EXPECT_GT(freed.quarantined_bytes, before.quarantined_bytes);
}

TEST_F(StatisticsTest, CachesOfOtherThreadsAreCountedWhileTheyLiveAndAfterwards) {
  const Statistics before = now();
  std::latch done(1), seen(1);
  std::uint8_t* left = nullptr;
  std::thread other([&] {
    give(take(70));
    left = take(333);
    done.count_down();
    seen.wait();
  });
  done.wait();
  for (const bool lives : {true, false}) {
    if (!lives) {
      seen.count_down();
      other.join();
    }
    const Statistics after = now();
    EXPECT_EQ(after.live_blocks - before.live_blocks, 1U) << lives;
    EXPECT_EQ(after.live_bytes - before.live_bytes, 333U) << lives;
    EXPECT_EQ(after.live_small_bytes - before.live_small_bytes, size_of(left)) << lives;
  }
  give(left);
  EXPECT_EQ(now().live_bytes, before.live_bytes);
}

TEST_F(StatisticsTest, CallsAndFaultsAreCounted) {
  ASSERT_NE(thread_slot.state->numbers.next, 0U);
  while (number_source.latest(thread_slot.state->numbers) == number_source.upper_bound()) give(take(10));
  const Statistics before = now();
  for (int i = 0; i < 3; ++i) give(take(10));
  std::uint8_t* const block = take(10);
  const Statistics after = now();
  EXPECT_EQ(after.allocations - before.allocations, 4U);
  EXPECT_EQ(after.faults, before.faults);
  EXPECT_GT(after.traces, before.traces);
  EXPECT_GT(after.trace_bytes, before.trace_bytes);
  EXPECT_EQ(after.mapped_bytes, memory_budget.used());
  EXPECT_GT(after.mapped_bytes, 0U);
  give(block + 16);
  EXPECT_EQ(now().faults - before.faults, 1U);
  EXPECT_EQ(kinds(), Kinds{"invalid-free"});
  give(block);
}

TEST_F(StatisticsTest, AreAllZeroWhereACallCannotEnter) {
  const ActivityScope reporting(Activity::kReporting);
  const Statistics none = now();
  EXPECT_EQ(none.live_blocks + none.live_bytes + none.live_small_bytes + none.idle_blocks_bytes, 0U);
  EXPECT_EQ(none.mapped_bytes + none.allocations + none.faults + none.traces + none.trace_bytes, 0U);
}

std::string line(const std::string& name, std::uint64_t value) {
  return "  " + name + std::string(22 - name.size(), ' ') + std::to_string(value) + "\n";
}

std::string described(const Statistics& all) {
  return "Padlock's heap:\n" + line("live blocks", all.live_blocks) + line("live bytes", all.live_bytes) +
         line("quarantined blocks", all.quarantined_blocks) +
         line("quarantined bytes", all.quarantined_bytes) + line("idle bytes", all.idle_blocks_bytes) +
         line("mapped bytes", all.mapped_bytes) + line("allocations", all.allocations) +
         line("guarded", all.guarded_blocks) + line("faults", all.faults) +
         line("distinct stacks", all.traces) + line("stack bytes", all.trace_bytes);
}

class StatisticsShownTest : public StatisticsTest {
 protected:
  // Every counter has another value.
  StatisticsShownTest() {
    for (std::size_t i = 0; i < 7; ++i) give(take(100'000 + i));
    for (std::size_t i = 0; i < 3; ++i) kept_.push_back(take(400'000));
    kept_.push_back(take(100));
    give(take(500'000));
  }
  ~StatisticsShownTest() override {
    for (std::uint8_t* const block : kept_) give(block);
  }

 private:
  Blocks kept_;
};

TEST_F(StatisticsShownTest, AsLinesOfText) {
  char buffer[1024];
  TextWriter text(buffer);
  describe_statistics(text, here());
  EXPECT_EQ(std::string(text.view()), described(now()));
  testing::internal::CaptureStderr();
  print_statistics(here());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), described(now()));
}

TEST_F(StatisticsShownTest, AsGlibcsFunctionsReturnThem) {
  const Statistics all = now();
  const struct mallinfo2 info = large_mallinfo(here());
  EXPECT_EQ(info.arena, all.mapped_bytes - all.live_large_bytes);
  EXPECT_EQ(info.hblks, all.live_large_blocks);
  EXPECT_EQ(info.hblkhd, all.live_large_bytes);
  EXPECT_EQ(info.uordblks, all.live_small_bytes);
  EXPECT_EQ(info.fordblks, all.quarantined_bytes + all.idle_blocks_bytes);
  EXPECT_EQ(info.ordblks + info.smblks + info.usmblks + info.fsmblks + info.keepcost, 0U);
  const struct mallinfo small = small_mallinfo(here());
  EXPECT_EQ(small.arena, static_cast<int>(info.arena));
  EXPECT_EQ(small.hblks, static_cast<int>(info.hblks));
  EXPECT_EQ(small.hblkhd, static_cast<int>(info.hblkhd));
  EXPECT_EQ(small.uordblks, static_cast<int>(info.uordblks));
  EXPECT_EQ(small.fordblks, static_cast<int>(info.fordblks));
  EXPECT_EQ(small.ordblks + small.smblks + small.usmblks + small.fsmblks + small.keepcost, 0);
}

TEST_F(StatisticsShownTest, AsXml) {
  char* written = nullptr;
  std::size_t size = 0;
  std::FILE* const file = open_memstream(&written, &size);
  EXPECT_EQ(write_malloc_info(1, file, here()), EINVAL);
  EXPECT_EQ(write_malloc_info(-1, file, here()), EINVAL);
  EXPECT_EQ(write_malloc_info(0, file, here()), 0);
  std::fclose(file);
  const Statistics all = now();
  const auto count_and_size = [](const char* type, std::size_t count, std::size_t bytes) {
    return std::string("<total type=\"") + type + "\" count=\"" + std::to_string(count) + "\" size=\"" +
           std::to_string(bytes) + "\"/>\n";
  };
  EXPECT_EQ(std::string(written, size),
            "<malloc version=\"padlock-1\">\n" + count_and_size("live", all.live_blocks, all.live_bytes) +
                count_and_size("quarantined", all.quarantined_blocks, all.quarantined_bytes) +
                "<total type=\"idle\" size=\"" + std::to_string(all.idle_blocks_bytes) + "\"/>\n" +
                "<system type=\"current\" size=\"" + std::to_string(all.mapped_bytes) + "\"/>\n</malloc>\n");
  std::free(written);
}

}  // namespace
}  // namespace padlock::runtime::statistics_checks
