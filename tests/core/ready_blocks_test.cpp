// The ready blocks of a cache: per class, bounded, newest out first.
#include "core/cache/ready_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::core {
namespace {

// Blocks are only remembered, never touched; but looked at ahead, so their addresses are of this program.
class ReadyBlocksTest : public testing::Test {
 protected:
  BlockSlot slot(std::size_t i, std::uint32_t size_class) {
    return {reinterpret_cast<BlockHeader*>(&blocks_[i * kHeaderSize]), size_class::granules_of(size_class),
            0};
  }
  void fill(std::uint32_t size_class) {
    for (std::size_t i = 0; i < ReadyBlocks::capacity(size_class); ++i)
      ASSERT_TRUE(ready_.push(size_class, slot(i, size_class)));
  }

  alignas(16) std::byte blocks_[(ReadyBlocks::kMostOfClass + 1) * kHeaderSize];
  std::vector<BlockSlot> slots_ = std::vector<BlockSlot>(ReadyBlocks::slots_needed());
  ReadyBlocks ready_{slots_};
};

TEST_F(ReadyBlocksTest, EveryClassBeginsEmptyAndTouchesNothing) {
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) EXPECT_TRUE(ready_.empty(i));
  EXPECT_EQ(ready_.count(), 0U);
  EXPECT_EQ(ready_.bytes(), 0U);
  EXPECT_FALSE(ready_.holds(nullptr));
  for (const BlockSlot& untouched : slots_) EXPECT_EQ(untouched.granules, 0U);
}

TEST_F(ReadyBlocksTest, TheLatestComesOutFirst) {
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
    ASSERT_TRUE(ready_.push(i, slot(0, i)));
    ASSERT_TRUE(ready_.push(i, slot(1, i)));
  }
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
    EXPECT_EQ(ready_.pop(i).block, slot(1, i).block);
    EXPECT_EQ(ready_.pop(i).block, slot(0, i).block);
    EXPECT_TRUE(ready_.empty(i));
  }
}

TEST_F(ReadyBlocksTest, AFullClassTakesNoMoreAndHarmsNoOther) {
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) fill(i);
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
    const std::size_t capacity = ReadyBlocks::capacity(i);
    EXPECT_FALSE(ready_.push(i, slot(capacity, i)));
    for (std::size_t left = capacity; left-- > 0;) EXPECT_EQ(ready_.pop(i).block, slot(left, i).block);
    EXPECT_TRUE(ready_.empty(i));
  }
  EXPECT_EQ(ready_.count(), 0U);
}

// A slot was overwritten, and looks like the end of a stack where it has been.
TEST_F(ReadyBlocksTest, WhatLooksLikeAnEndTakesNoRoom) {
  BlockSlot changed = slot(0, 0);
  changed.granules = UINT32_MAX;
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) {
    ASSERT_TRUE(ready_.push(i, changed));
    EXPECT_EQ(ready_.pop(i).granules, UINT32_MAX);
    fill(i);
    EXPECT_EQ(ready_.count(i), ReadyBlocks::capacity(i));
    EXPECT_FALSE(ready_.push(i, slot(0, i)));
  }
}

TEST_F(ReadyBlocksTest, WhatIsInTheSlotsBeforeDoesNotMatter) {
  std::vector<BlockSlot> used(ReadyBlocks::slots_needed(), {nullptr, UINT32_MAX, 0});
  ReadyBlocks ready(used);
  for (std::size_t i = 0; i < ReadyBlocks::capacity(3); ++i) {
    ASSERT_TRUE(ready.push(3, slot(i, 3)));
    ASSERT_EQ(ready.count(3), i + 1);
  }
  for (std::size_t left = ReadyBlocks::capacity(3); left-- > 0;)
    ASSERT_EQ(ready.pop(3).block, slot(left, 3).block);
}

TEST_F(ReadyBlocksTest, AClassWithFewBlocksTouchesFewSlots) {
  for (std::uint32_t i = 0; i < size_class::kCount; ++i) ASSERT_TRUE(ready_.push(i, slot(0, i)));
  const auto is_touched = [](const BlockSlot& slot) { return slot.granules != 0; };
  const auto behind = std::find_if(slots_.rbegin(), slots_.rend(), is_touched).base();
  EXPECT_LE(behind - slots_.begin(), 8 * size_class::kCount);
}

TEST_F(ReadyBlocksTest, CountsBlocksAndBytes) {
  fill(0);
  ASSERT_TRUE(ready_.push(7, slot(0, 7)));
  EXPECT_EQ(ready_.count(), ReadyBlocks::kMostOfClass + 1);
  EXPECT_EQ(ready_.bytes(),
            (ReadyBlocks::kMostOfClass * size_class::granules_of(0) + size_class::granules_of(7)) * kGranule);
  EXPECT_TRUE(ready_.holds(slot(ReadyBlocks::kMostOfClass - 1, 0).block));
}

TEST_F(ReadyBlocksTest, TheOldestLeaveInOrderAndTheOthersStay) {
  std::vector<BlockSlot> taken(3);
  EXPECT_EQ(ready_.take_oldest(5, 3, taken), 0U);
  for (std::size_t i = 0; i < 5; ++i) ASSERT_TRUE(ready_.push(5, slot(i, 5)));
  ASSERT_EQ(ready_.take_oldest(5, 3, taken), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(taken[i].block, slot(i, 5).block);
  EXPECT_EQ(ready_.count(), 2U);
  EXPECT_EQ(ready_.take_oldest(5, 1, taken), 1U);
  EXPECT_EQ(taken[0].block, slot(3, 5).block);
  EXPECT_EQ(ready_.pop(5).block, slot(4, 5).block);
  EXPECT_TRUE(ready_.empty(5));
}

}  // namespace
}  // namespace padlock::core
