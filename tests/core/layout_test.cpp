// Sizes of blocks for requests and alignments.
#include "core/block/layout.h"

#include <gtest/gtest.h>

namespace padlock::core {
namespace {

TEST(Layout, TheSmallestBlockThatLeavesEightBytesOfPadding) {
  for (std::size_t size = 0; size <= 4096; ++size) {
    const std::uint32_t granules = granules_for(size);
    ASSERT_GE(granules, kMinBlockGranules);
    ASSERT_GE(capacity_of(granules), size + kMinPadding);
    if (granules == kMinBlockGranules) continue;
    ASSERT_LT(capacity_of(granules - 1), size + kMinPadding);
  }
  EXPECT_EQ(granules_for(0) * kGranule, 48U);
  EXPECT_EQ(granules_for(24) * kGranule, 64U);
  EXPECT_EQ(capacity_of(granules_for(kMaxRequest)), kMaxRequest + 16);
}

}  // namespace
}  // namespace padlock::core
