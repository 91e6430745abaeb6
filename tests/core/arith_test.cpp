#include "core/arith.h"

#include <gtest/gtest.h>

#include "core/block/layout.h"
#include "core/random.h"

namespace padlock::core {
namespace {

TEST(Arith, align_up_and_down) {
  EXPECT_EQ(align_up(std::size_t{0}, std::size_t{16}), 0U);
  EXPECT_EQ(align_up(std::size_t{1}, std::size_t{16}), 16U);
  EXPECT_EQ(align_up(std::size_t{16}, std::size_t{16}), 16U);
  EXPECT_EQ(align_up(std::size_t{17}, std::size_t{16}), 32U);
  EXPECT_EQ(align_down(std::size_t{15}, std::size_t{16}), 0U);
  EXPECT_EQ(align_down(std::size_t{16}, std::size_t{16}), 16U);
  EXPECT_EQ(align_down(std::size_t{31}, std::size_t{16}), 16U);
}

TEST(Arith, checked_multiply_says_when_it_overflows_and_then_sets_nothing) {
  std::size_t result = 7;
  EXPECT_TRUE(checked_multiply(1U << 31, 1U << 31, result));
  EXPECT_EQ(result, std::size_t{1} << 62);
  EXPECT_TRUE(checked_multiply(SIZE_MAX, 1, result));
  EXPECT_EQ(result, SIZE_MAX);
  EXPECT_TRUE(checked_multiply(SIZE_MAX, 0, result));
  EXPECT_EQ(result, 0U);
  result = 7;
  EXPECT_FALSE(checked_multiply(SIZE_MAX, 2, result));
  EXPECT_FALSE(checked_multiply(std::size_t{1} << 32, std::size_t{1} << 32, result));
  EXPECT_EQ(result, 7U);
}

TEST(Layout, the_smallest_block_that_leaves_eight_bytes_of_padding) {
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

TEST(Random, mix64_is_a_bijection_that_fixes_zero_only_as_published) {
  EXPECT_EQ(mix64(0), 0U);
  Random random(1234567);  // the reference sequence of SplitMix64 for this seed
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

}  // namespace
}  // namespace padlock::core
