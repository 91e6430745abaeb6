// Size classes against a plain list of their lengths.
#include "core/cache/size_class.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::core {
namespace {

// Every length up to 1 KiB, then sixteen for every doubling, up to 32 KiB.
std::vector<std::uint32_t> lengths() {
  std::vector<std::uint32_t> all;
  for (std::uint32_t granules = 3; granules <= 64; ++granules) all.push_back(granules);
  for (std::uint32_t step = 4; step <= 64; step *= 2) {
    for (int i = 0; i < 16; ++i) all.push_back(all.back() + step);
  }
  return all;
}

TEST(SizeClass, HasTheLengthsOfTheList) {
  const auto all = lengths();
  ASSERT_EQ(size_class::kCount, all.size());
  ASSERT_EQ(all.back(), 2048U);
  EXPECT_EQ(size_class::kMostGranules, all.back());
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) EXPECT_EQ(size_class::granules_of(i), all[i]) << i;
}

TEST(SizeClass, RoundsUpAndDownToTheNextLengthOfTheList) {
  const auto all = lengths();
  for (std::uint32_t granules = 3; granules <= 2048; ++granules) {
    const auto up = std::ranges::lower_bound(all, granules) - all.begin();
    const auto down = std::ranges::upper_bound(all, granules) - all.begin() - 1;
    EXPECT_EQ(size_class::at_least(granules), up) << granules;
    EXPECT_EQ(size_class::at_most(granules), down) << granules;
  }
  for (const std::uint32_t longer : {2049U, 4096U, 1U << 27})
    EXPECT_EQ(size_class::at_most(longer), size_class::kCount - 1) << longer;
}

// A cached block of the longest class holds so much, and its padding.
TEST(SizeClass, TheLargestRequestFillsTheLongestBlock) {
  EXPECT_EQ(size_class::kMostRequested, 2048U * 16 - 32 - 8);
}

}  // namespace
}  // namespace padlock::core
