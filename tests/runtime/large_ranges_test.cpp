// What is known of large blocks without a lock, against a plain list of them.
#include "runtime/large/large_ranges.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

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
  ranges.put(mapping, block_of(user, 300000, false));
  EXPECT_FALSE(ranges.show(user, 1));
  EXPECT_EQ(ranges.accessible_at(user), 0U);
  EXPECT_FALSE(ranges.show(user, 1));
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

TEST(LargeRanges, RemovesTheBlockThatIsMeantOnly) {
  LargeRanges ranges;
  const AddressRange mapping{kBase, kBase + 8 * kUnit};
  ranges.put(mapping, block_of(kBase + kUnit, 1000, true));
  ranges.put(mapping, block_of(kBase + kUnit + 16, 900, true));
  ranges.remove(mapping.begin, kBase + kUnit);
  EXPECT_EQ(ranges.accessible_at(kBase + kUnit + 16), 900U);
  ranges.remove(mapping.begin, kBase + kUnit + 16);
  EXPECT_EQ(ranges.accessible_at(kBase + kUnit + 16), SIZE_MAX);
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
