// Integer arithmetic at its limits.
#include "base/arith.h"

#include <gtest/gtest.h>
#include <optional>

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

TEST(Arith, CheckedMultiplyHasNoProductWhereItOverflows) {
  EXPECT_EQ(checked_multiply(1U << 31, 1U << 31), std::size_t{1} << 62);
  EXPECT_EQ(checked_multiply(SIZE_MAX, 1), SIZE_MAX);
  EXPECT_EQ(checked_multiply(SIZE_MAX, 0), 0U);
  EXPECT_EQ(checked_multiply(SIZE_MAX, 2), std::nullopt);
  EXPECT_EQ(checked_multiply(std::size_t{1} << 32, std::size_t{1} << 32), std::nullopt);
}

}  // namespace
}  // namespace padlock
