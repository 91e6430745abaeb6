// Marks of poisoned bytes: exact to the byte, of one life of one block, and against a plain map of bytes.
#include "runtime/memory/pool_marks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kPoolBase = std::uintptr_t{0x7e00} << 24;

core::BlockSnapshot pool_of(std::uintptr_t user, std::uint64_t size, std::uint64_t number) {
  core::BlockSnapshot block;
  block.header = user - 32;
  block.user = user;
  block.requested = size;
  block.number = number;
  block.sealed = true;
  return block;
}

class PoolMarksTest : public testing::Test {
 protected:
  std::uintptr_t first(const core::BlockSnapshot& block, std::uintptr_t from) const {
    return marks_->first_poisoned(block.user, block.number, {from, block.user + block.requested});
  }
  std::unique_ptr<PoolMarks> marks_ = std::make_unique<PoolMarks>();
};

TEST_F(PoolMarksTest, AreExactToTheByte) {
  const core::BlockSnapshot block = pool_of(kPoolBase + 160, 1000, 7);
  const std::uintptr_t end = block.user + block.requested;
  EXPECT_EQ(first(block, block.user), end);
  ASSERT_TRUE(marks_->poison(block, {block.user + 3, block.user + 130}, true));
  EXPECT_EQ(first(block, block.user), block.user + 3);
  EXPECT_EQ(first(block, block.user + 129), block.user + 129);
  EXPECT_EQ(first(block, block.user + 130), end);
  EXPECT_TRUE(marks_->is_filled(block.user + 129));
  marks_->unpoison(block, {block.user + 3, block.user + 70});
  EXPECT_EQ(first(block, block.user), block.user + 70);
  EXPECT_FALSE(marks_->is_filled(block.user + 69));
  EXPECT_EQ(marks_->first_free({block.user + 70, end}), block.user + 130);
}

TEST_F(PoolMarksTest, KnowTheBlocksThatTheyAreAbout) {
  const core::BlockSnapshot one = pool_of(kPoolBase + 160, 1000, 7);
  const core::BlockSnapshot other = pool_of(kPoolBase + kSlotSize + 8192, 100, 9);
  ASSERT_TRUE(marks_->poison(one, {one.user, one.user + 1}, true));
  ASSERT_TRUE(marks_->poison(other, {other.user, other.user + 1}, true));
  EXPECT_EQ(marks_->number_at(one.user), 7U);
  EXPECT_EQ(marks_->number_at(one.user + 16), 0U);
  std::uintptr_t users = 0;
  std::uint64_t numbers = 0;
  marks_->for_each_block([&](std::uintptr_t user, std::uint64_t number) {
    users += user;
    numbers = numbers * 10 + number;
  });
  EXPECT_EQ(users, one.user + other.user);
  EXPECT_TRUE(numbers == 79 || numbers == 97);
}

TEST_F(PoolMarksTest, OfAnotherLifeCountForNothing) {
  const core::BlockSnapshot block = pool_of(kPoolBase + 160, 1000, 7);
  const core::BlockSnapshot next = pool_of(kPoolBase + 160, 1000, 8);
  const std::uintptr_t end = block.user + block.requested;
  ASSERT_TRUE(marks_->poison(block, {block.user, end}, false));
  EXPECT_EQ(first(next, next.user), end);
  marks_->unpoison(next, {block.user, end});
  EXPECT_EQ(first(block, block.user), block.user);
  ASSERT_TRUE(marks_->poison(next, {next.user + 500, next.user + 501}, false));
  EXPECT_EQ(first(next, next.user), next.user + 500);
  EXPECT_EQ(first(next, next.user + 501), end);
  EXPECT_EQ(first(block, block.user), end);
}

TEST_F(PoolMarksTest, AreForgottenWithTheirBlock) {
  const core::BlockSnapshot block = pool_of(kPoolBase + 160, 1000, 7);
  marks_->set_in_use();
  ASSERT_TRUE(marks_->poison(block, {block.user, block.user + 10}, false));
  EXPECT_EQ(marks_->first_poisoned(block.user, 0, {block.user, block.user + 1}), block.user);
  marks_->forget(block.user);
  EXPECT_EQ(marks_->first_poisoned(block.user, 0, {block.user, block.user + 1}), block.user + 1);
}

TEST_F(PoolMarksTest, ReachOverTheEndsOfSlots) {
  const std::uintptr_t border = kPoolBase + kSlotSize;
  const core::BlockSnapshot block = pool_of(border - 4096, 2 * kSlotSize, 9);
  ASSERT_TRUE(marks_->poison(block, {border - 1, border + kSlotSize + 5}, true));
  EXPECT_EQ(first(block, block.user), border - 1);
  EXPECT_EQ(first(block, border), border);
  EXPECT_EQ(first(block, border + kSlotSize + 4), border + kSlotSize + 4);
  EXPECT_EQ(first(block, border + kSlotSize + 5), block.user + block.requested);
}

TEST_F(PoolMarksTest, AgreeWithAMapOfBytes) {
  const core::BlockSnapshot block = pool_of(kPoolBase + 32, 3000, 5);
  const core::BlockSnapshot beside = pool_of(kPoolBase + 3072, 500, 6);
  ASSERT_TRUE(marks_->poison(beside, {beside.user, beside.user + 500}, true));
  std::vector<bool> map(block.requested);
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    const std::uintptr_t from = random() % block.requested;
    const std::uintptr_t to = from + random() % (std::min<std::uint64_t>(block.requested - from, 200) + 1);
    const bool poisons = random() % 2 == 0;
    if (poisons) {
      ASSERT_TRUE(marks_->poison(block, {block.user + from, block.user + to}, round % 3 == 0));
    } else {
      marks_->unpoison(block, {block.user + from, block.user + to});
    }
    std::fill(map.begin() + static_cast<std::ptrdiff_t>(from), map.begin() + static_cast<std::ptrdiff_t>(to),
              poisons);
    std::size_t expected = random() % block.requested;
    const std::uintptr_t asked = block.user + expected;
    while (expected < block.requested && !map[expected]) ++expected;
    ASSERT_EQ(first(block, asked), block.user + expected) << round;
    ASSERT_EQ(first(beside, beside.user), beside.user);
    ASSERT_EQ(marks_->first_free({beside.user, beside.user + 500}), beside.user + 500);
  }
}

}  // namespace
}  // namespace padlock::runtime
