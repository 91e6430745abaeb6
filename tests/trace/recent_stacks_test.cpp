// The stacks that a thread met lately: whatever is not known for certain has no id.
#include "trace/recent_stacks.h"

#include <gtest/gtest.h>

#include <memory>

namespace padlock::trace {
namespace {

class RecentStacksTest : public testing::Test {
 protected:
  void ask_often() {
    for (std::uint32_t i = 0; i < RecentStacks::kFew; ++i) EXPECT_EQ(recent_->find(i), 0U);
  }
  std::unique_ptr<RecentStacks> recent_ = std::make_unique<RecentStacks>();
};

TEST_F(RecentStacksTest, ServesOnlyWhoAsksOften) {
  for (std::uint32_t i = 0; i < RecentStacks::kFew; ++i) {
    ASSERT_EQ(recent_->find(7), 0U) << i;
    recent_->note(7, 1);
  }
  EXPECT_EQ(recent_->find(7), 1U);
}

TEST_F(RecentStacksTest, ZeroesKnowNothing) {
  ask_often();
  EXPECT_EQ(recent_->find(0), 0U);
  EXPECT_EQ(recent_->find(~std::uint64_t{0}), 0U);
  EXPECT_EQ(recent_->find(1), 0U);
}

TEST_F(RecentStacksTest, EveryBitOfTagAndPlaceCounts) {
  ask_often();
  constexpr std::uint64_t kHash = 0x123456789abcdef0;
  recent_->note(kHash, DepotLine::kMostIds);
  EXPECT_EQ(recent_->find(kHash), DepotLine::kMostIds);
  for (unsigned bit = 0; bit < 64; ++bit) {
    const bool counts = bit < 64 - DepotLine::kIdBits || bit >= 64 - RecentStacks::kPlaceBits;
    EXPECT_EQ(recent_->find(kHash ^ std::uint64_t{1} << bit), counts ? 0 : DepotLine::kMostIds) << bit;
  }
}

TEST_F(RecentStacksTest, TheLatestOfAPlaceIsKept) {
  ask_often();
  recent_->note(1, 11);
  recent_->note(2, 12);
  EXPECT_EQ(recent_->find(1), 0U);
  EXPECT_EQ(recent_->find(2), 12U);
  recent_->note(~std::uint64_t{0}, 13);
  EXPECT_EQ(recent_->find(2), 12U);
  EXPECT_EQ(recent_->find(~std::uint64_t{0}), 13U);
}

}  // namespace
}  // namespace padlock::trace
