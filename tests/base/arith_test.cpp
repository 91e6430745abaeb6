// Integer arithmetic at its limits.
#include "base/arith.h"

#include <gtest/gtest.h>

namespace padlock {
namespace {

TEST(Arith, AlignUpAndDown) {
  EXPECT_EQ(align_up(std::size_t{0}, std::size_t{16}), 0U);
  EXPECT_EQ(align_up(std::size_t{1}, std::size_t{16}), 16U);
  EXPECT_EQ(align_up(std::size_t{16}, std::size_t{16}), 16U);
  EXPECT_EQ(align_up(std::size_t{17}, std::size_t{16}), 32U);
  EXPECT_EQ(align_down(std::size_t{15}, std::size_t{16}), 0U);
  EXPECT_EQ(align_down(std::size_t{16}, std::size_t{16}), 16U);
  EXPECT_EQ(align_down(std::size_t{31}, std::size_t{16}), 16U);
}

TEST(Arith, CheckedMultiplySaysWhenItOverflowsAndThenSetsNothing) {
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

}  // namespace
}  // namespace padlock
