// What is known of large blocks without a lock, against a plain list of them.
#include "runtime/large/large_ranges.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <thread>

#include "runtime/memory/pool_marks.h"

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kBase = std::uintptr_t{0x7f00} << 24;
constexpr std::size_t kUnit = 64 * 1024;

core::BlockSnapshot block_of(std::uintptr_t user, std::uint64_t size, bool live) {
  core::BlockSnapshot block;
  block.header = user - 32;
  block.user = user;
  block.requested = size;
  block.state = live ? core::BlockState::kLive : core::BlockState::kQuarantined;
  return block;
}

TEST(LargeRanges, KnowsHowFarALiveBlockReaches) {
  LargeRanges ranges;
  const std::uintptr_t user = kBase + kUnit + 512;
  ranges.put({kBase, kBase + 8 * kUnit}, block_of(user, 300000, true));
  EXPECT_EQ(ranges.accessible_at(user), 300000U);
  EXPECT_EQ(ranges.accessible_at(user + 299999), 1U);
  EXPECT_EQ(ranges.accessible_at(user + 300000), 0U);
  EXPECT_EQ(ranges.accessible_at(user + 300001), 0U);
  EXPECT_EQ(ranges.accessible_at(user - 1), 0U);
  EXPECT_EQ(ranges.accessible_at(kBase), 0U);
  EXPECT_EQ(ranges.accessible_at(kBase - 1), SIZE_MAX);
  EXPECT_EQ(ranges.accessible_at(kBase + 8 * kUnit), SIZE_MAX);
}

TEST(LargeRanges, ShowsWhatALookHasFoundUntilSomethingChanges) {
  LargeRanges ranges;
  const std::uintptr_t user = kBase + kUnit + 512;
  const AddressRange mapping{kBase, kBase + 8 * kUnit};
  EXPECT_FALSE(ranges.show(user, 1));
  ranges.put(mapping, block_of(user, 300000, true));
  EXPECT_FALSE(ranges.show(user, 1));
  static_cast<void>(ranges.accessible_at(user));
  EXPECT_TRUE(ranges.show(user, 300000));
  EXPECT_TRUE(ranges.show(user + 100, 0));
  EXPECT_FALSE(ranges.show(user, 300001));
  EXPECT_FALSE(ranges.show(user - 1, 1));
  EXPECT_FALSE(ranges.show(user, SIZE_MAX));
  EXPECT_TRUE(ranges.show(user + 100, 299900));
  EXPECT_FALSE(ranges.show(user + 100, 299901));
  ranges.put(mapping, block_of(user, 300000, false));
  EXPECT_FALSE(ranges.show(user, 1));
  EXPECT_EQ(ranges.accessible_at(user), 0U);
  EXPECT_FALSE(ranges.show(user, 1));
  EXPECT_FALSE(ranges.show(user, 0));
}

TEST(LargeRanges, ShowsThatAPlaceHasNoLargeBlock) {
  LargeRanges ranges;
  ranges.put({kBase, kBase + 8 * kUnit}, block_of(kBase + kUnit, 300000, true));
  const std::uintptr_t beside = kBase + 9 * kUnit + 5;
  EXPECT_EQ(ranges.accessible_at(beside), SIZE_MAX);
  EXPECT_TRUE(ranges.show(beside, 1));
  EXPECT_FALSE(ranges.show(beside + kSlotSize, 1));
  // A chunk in which a mapping ends is looked at each time.
  ranges.put({kBase + 16 * kUnit, kBase + 20 * kUnit + 4096}, block_of(kBase + 17 * kUnit, 100000, true));
  EXPECT_EQ(ranges.accessible_at(kBase + 20 * kUnit + 4096), SIZE_MAX);
  EXPECT_FALSE(ranges.show(kBase + 20 * kUnit + 4096, 1));
  EXPECT_EQ(ranges.accessible_at(kBase + 16 * kUnit - 1), SIZE_MAX);
  EXPECT_TRUE(ranges.show(kBase + 16 * kUnit - 1, 1));
}

TEST(LargeRanges, OfAPlaceOnlyWholeChunksAreShownToHaveNoBlock) {
  LargeRanges ranges;
  ranges.put({kBase, kBase + 8 * kUnit}, block_of(kBase + kUnit, 300000, true));
  ranges.put({kBase + 32 * kUnit + 8192, kBase + 40 * kUnit}, block_of(kBase + 33 * kUnit, 1000, true));
  ranges.put({kBase + 64 * kUnit, kBase + 72 * kUnit}, block_of(kBase + 65 * kUnit, 1000, true));
  const auto shown_after_a_look = [&](std::uintptr_t address) {
    EXPECT_EQ(ranges.accessible_at(address), SIZE_MAX);
    return ranges.show(address, 1);
  };
  EXPECT_TRUE(shown_after_a_look(kBase + 8 * kUnit));
  EXPECT_TRUE(shown_after_a_look(kBase + 32 * kUnit - 1));
  EXPECT_FALSE(shown_after_a_look(kBase + 32 * kUnit));
  EXPECT_FALSE(shown_after_a_look(kBase + 32 * kUnit + 8191));
  EXPECT_TRUE(shown_after_a_look(kBase + 40 * kUnit));
  EXPECT_TRUE(shown_after_a_look(kBase + 64 * kUnit - 1));
  EXPECT_TRUE(shown_after_a_look(kBase + 200 * kUnit));
}

// Wherever in a slot: no chunk of it is taken for another one.
TEST(LargeRanges, WhatOneChunkHasIsNotShownOfAnother) {
  constexpr std::size_t kChunks = kSlotSize / kUnit;
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{2}, kChunks / 2, kChunks - 1}) {
    LargeRanges ranges;
    const std::uintptr_t begin = kBase + chunk * kUnit;
    ranges.put({begin, begin + kUnit}, block_of(begin, 1000, true));
    for (std::size_t other = 0; other < kChunks; ++other) {
      if (other == chunk) continue;
      EXPECT_EQ(ranges.accessible_at(kBase + other * kUnit), SIZE_MAX);
      EXPECT_TRUE(ranges.show(kBase + other * kUnit, 1));
      ASSERT_FALSE(ranges.show(begin + 1000, 1)) << chunk << " " << other;
      ASSERT_FALSE(ranges.show(begin + 1000 + kUnit / 2, 1)) << chunk << " " << other;
    }
  }
}

// As a fork leaves it that cuts a change off. The version is the first member.
TEST(LargeRanges, InTheMiddleOfAChangeNothingIsKnown) {
  LargeRanges ranges;
  const std::uintptr_t user = kBase + kUnit;
  ranges.put({kBase, kBase + 8 * kUnit}, block_of(user, 1000, true));
  EXPECT_EQ(ranges.accessible_at(user), 1000U);
  auto& version = reinterpret_cast<std::atomic<std::uint64_t>&>(ranges);
  version.fetch_add(1);
  ASSERT_EQ(version.load() % 2, 1U);
  EXPECT_FALSE(ranges.find(user).is_steady);
  EXPECT_EQ(ranges.find(user).user, 0U);
  EXPECT_EQ(ranges.accessible_at(user), SIZE_MAX);
  EXPECT_FALSE(ranges.show(user, 1));
  ranges.forget_looks();
  EXPECT_EQ(version.load() % 2, 0U);
  EXPECT_TRUE(ranges.find(user).is_steady);
  EXPECT_EQ(ranges.accessible_at(user), 1000U);
  EXPECT_TRUE(ranges.show(user, 1000));
}

TEST(LargeRanges, RemovesTheBlockThatIsMeantOnly) {
  LargeRanges ranges;
  const AddressRange mapping{kBase, kBase + 8 * kUnit};
  ranges.put(mapping, block_of(kBase + kUnit, 1000, true));
  ranges.put(mapping, block_of(kBase + kUnit + 16, 900, true));
  ranges.remove(mapping.begin, kBase + kUnit);
  EXPECT_EQ(ranges.accessible_at(kBase + kUnit + 16), 900U);
  ranges.remove(mapping.begin + 4096, kBase + kUnit + 16);
  ranges.remove(mapping.begin - 4096, kBase + kUnit + 16);
  EXPECT_EQ(ranges.accessible_at(kBase + kUnit + 16), 900U);
  ranges.remove(mapping.begin, kBase + kUnit + 16);
  EXPECT_EQ(ranges.accessible_at(kBase + kUnit + 16), SIZE_MAX);
}

// Poisoned pieces are not known here: of blocks nothing is remembered then, of other places it still is.
void look_with_pools_in_use() {
  constexpr std::uintptr_t kApart = 64 * kUnit;
  LargeRanges ranges;
  for (std::uintptr_t i = 0; i < 5; ++i) {
    const std::uintptr_t begin = kBase + i * kApart;
    ranges.put({begin, begin + 8 * kUnit}, block_of(begin + kUnit, 300000, true));
  }
  const auto expect_shown = [&](bool shown) {
    ranges.forget_looks();
    for (std::uintptr_t i = 0; i < 5; ++i) {
      const std::uintptr_t user = kBase + i * kApart + kUnit;
      EXPECT_EQ(ranges.accessible_at(user), 300000U);
      EXPECT_EQ(ranges.show(user, 1), shown) << i;
      EXPECT_EQ(ranges.accessible_at(user + 16 * kUnit), SIZE_MAX);
      EXPECT_TRUE(ranges.show(user + 16 * kUnit, 1)) << i;
    }
  };
  expect_shown(true);
  pool_marks.set_in_use();
  expect_shown(false);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(LargeRanges, OfBlocksNothingIsRememberedWherePiecesMayBePoisoned) {
  EXPECT_EXIT(look_with_pools_in_use(), testing::ExitedWithCode(0), "");
}

// A block changes between two states meanwhile, of which no mixture is one.
TEST(LargeRanges, ALookBesideChangesSeesOneStateOrTheOtherOrSaysThatItDoesNotKnow) {
  LargeRanges ranges;
  const AddressRange mapping{kBase, kBase + 8 * kUnit};
  const core::BlockSnapshot one = block_of(kBase + kUnit, 1000, true);
  const core::BlockSnapshot other = block_of(kBase + kUnit + 512, 5000, true);
  const std::uintptr_t address = kBase + kUnit + 600;
  ranges.put(mapping, one);
  std::atomic<bool> done{false};
  std::atomic<bool> begun{false};
  std::thread changes([&] {
    begun.store(true, std::memory_order_relaxed);
    while (!done.load(std::memory_order_relaxed)) {
      ranges.put(mapping, other);
      ranges.remove(mapping.begin, other.user);
      ranges.put(mapping, one);
    }
  });
  while (!begun.load(std::memory_order_relaxed)) std::this_thread::yield();
  std::size_t mixed = 0;
  for (int i = 0; i < 300'000; ++i) {
    const LargeRanges::Found found = ranges.find(address);
    const bool known = (found.user == one.user && found.room == 400) ||
                       (found.user == other.user && found.room == 4912) ||
                       (found.user == 0 && found.room == SIZE_MAX);
    if (!known) ++mixed;
  }
  done.store(true, std::memory_order_relaxed);
  changes.join();
  EXPECT_EQ(mixed, 0U);
}

TEST(LargeRanges, AgreesWithAPlainList) {
  struct Known {
    std::uintptr_t end, user;
    std::uint64_t size;
    bool live;
  };
  LargeRanges ranges;
  std::map<std::uintptr_t, Known> list;
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    const std::uintptr_t begin = kBase + random() % 1500 * 8 * kUnit;
    if (random() % 3 == 0) {
      const auto known = list.find(begin);
      if (known != list.end()) {
        ranges.remove(begin, known->second.user);
        list.erase(known);
      }
    } else {
      const Known known{begin + (1 + random() % 8) * kUnit, begin + random() % 4096, random() % 50000,
                        random() % 2 == 0};
      ranges.put({begin, known.end}, block_of(known.user, known.size, known.live));
      list[begin] = known;
    }
    const std::uintptr_t address = kBase + random() % (1500 * 8 * kUnit);
    auto at = list.upper_bound(address);
    std::uint64_t expected = SIZE_MAX;
    if (at != list.begin() && address < (--at)->second.end) {
      const Known& known = at->second;
      const bool inside = known.live && address - known.user <= known.size;
      expected = inside ? known.size - (address - known.user) : 0;
    }
    ASSERT_EQ(ranges.accessible_at(address), expected) << round;
    ASSERT_TRUE(!ranges.show(address, 1) || expected >= 1) << round;
  }
}

}  // namespace
}  // namespace padlock::runtime
