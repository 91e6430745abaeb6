// Sizes of blocks for requests and alignments.
#include "core/block/layout.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// The fewest granules that make the user pointer aligned, and a block of their own; no more than is said.
TEST(Layout, ABlockIsAlignedByTheShortestLeadThatIsABlock) {
  for (const std::size_t alignment : {0U, 1U, 8U, 16U, 32U, 64U, 256U, 4096U}) {
    std::uint32_t most = 0;
    for (std::uintptr_t block = 0x10000; block < 0x14000; block += kGranule) {
      std::uint32_t lead = 0;
      const auto fits = [&] {
        return alignment == 0 || (block + lead * kGranule + kHeaderSize) % alignment == 0;
      };
      while (!fits() || (lead != 0 && lead < kMinBlockGranules)) ++lead;
      ASSERT_EQ(lead_at(block, alignment), lead) << alignment << ' ' << block;
      most = std::max(most, lead);
    }
    EXPECT_LE(most, worst_lead(alignment)) << alignment;
    EXPECT_EQ(worst_lead(alignment), alignment <= 16 ? 0 : alignment / 16 + 3) << alignment;
  }
}

}  // namespace
}  // namespace padlock::core
