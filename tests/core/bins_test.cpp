// Bins by size: their ranges, and the map of those that are not empty.
#include "core/index/bins.h"

#include <gtest/gtest.h>

namespace padlock::core {
namespace {

TEST(Bins, SmallSizesHaveABinEach) {
  for (std::uint32_t granules = 0; granules < kExactBins; ++granules) EXPECT_EQ(bin_of(granules), granules);
}

TEST(Bins, BinsAreOrderedAndTheirRangesTileAllSizes) {
  std::uint32_t bin = bin_of(0);
  for (std::uint32_t granules = 1; granules < (1U << 17); ++granules) {
    const std::uint32_t next = bin_of(granules);
    ASSERT_TRUE(next == bin || next == bin + 1) << granules;
    bin = next;
  }
  // Beyond: a bin begins at each eighth of a power of two and nowhere else.
  for (std::uint32_t power = 17; power < 28; ++power) {
    for (std::uint32_t step = 0; step < kStepsPerPower; ++step) {
      const std::uint32_t begin = (1U << power) + step * (1U << (power - 3));
      ASSERT_EQ(bin_of(begin), bin_of(begin - 1) + 1) << begin;
      ASSERT_EQ(bin_of(begin), bin_of(begin + (1U << (power - 3)) - 1)) << begin;
    }
  }
  EXPECT_EQ(bin_of(kMaxGranules), kBinCount - 1);
}

TEST(BinMap, FindsTheFirstSetBinAtOrAfter) {
  for (std::uint32_t bin = 0; bin < kBinCount; ++bin) {
    BinMap map;
    map.set(bin);
    for (std::uint32_t from = 0; from <= kBinCount + 300; ++from) {
      ASSERT_EQ(map.first_from(from), from <= bin ? bin : BinMap::kNone) << bin << ' ' << from;
    }
    map.clear(bin);
    ASSERT_EQ(map.first_from(0), BinMap::kNone);
  }
}

TEST(BinMap, ClearingOneBinKeepsTheOthers) {
  BinMap map;
  map.set(7);
  map.set(200);
  map.clear(7);
  EXPECT_EQ(map.first_from(0), 200U);
  EXPECT_EQ(map.first_from(201), BinMap::kNone);
}

}  // namespace
}  // namespace padlock::core
