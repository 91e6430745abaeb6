// Marks of poisoned bytes: exact to the byte, of one life of one block, and against a plain map of bytes.
#include "runtime/memory/pool_marks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "base/random.h"

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

TEST_F(PoolMarksTest, OfOneLifeAreClearedAndNoNeighboursAre) {
  const core::BlockSnapshot before = pool_of(kPoolBase + 64, 64, 3);
  const core::BlockSnapshot block = pool_of(kPoolBase + 128, 100, 7);
  const core::BlockSnapshot behind = pool_of(kPoolBase + 240, 64, 4);
  const AddressRange gap{block.user + 100, behind.user};  // nobody's
  ASSERT_TRUE(marks_->poison(before, {before.user, before.user + 64}, true));
  ASSERT_TRUE(marks_->poison(behind, {gap.begin, behind.user + 64}, true));
  ASSERT_TRUE(marks_->poison(block, {block.user, block.user + 100}, true));
  const core::BlockSnapshot next = pool_of(block.user, 100, 8);
  ASSERT_TRUE(marks_->poison(next, {block.user, block.user}, false));
  EXPECT_EQ(marks_->first_marked({block.user, behind.user}), gap.begin);
  EXPECT_EQ(marks_->first_free({before.user, block.user + 1}), block.user);
  EXPECT_TRUE(marks_->is_filled(block.user - 1));
  EXPECT_FALSE(marks_->is_filled(block.user));
  EXPECT_FALSE(marks_->is_filled(block.user + 99));
  EXPECT_TRUE(marks_->is_filled(gap.begin));
}

TEST_F(PoolMarksTest, OfABlockWithoutANumberThereAreNone) {
  const core::BlockSnapshot block = pool_of(kPoolBase + 160, 1000, 0);
  EXPECT_FALSE(marks_->poison(block, {block.user, block.user + 10}, true));
  EXPECT_EQ(marks_->first_marked({block.user, block.user + 10}), block.user + 10);
  EXPECT_EQ(marks_->number_at(block.user), 0U);
}

// Wherever in a slot they lie.
TEST_F(PoolMarksTest, EveryBlockIsVisitedOnce) {
  std::map<std::uintptr_t, std::uint64_t> blocks;
  std::uint64_t number = 0;
  for (const std::uintptr_t at : {std::uintptr_t{0}, std::uintptr_t{16}, std::uintptr_t{8192} - 16,
                                  std::uintptr_t{8192}, std::uintptr_t{64} * 8192 - 16,
                                  std::uintptr_t{64} * 8192, kSlotSize - 16, kSlotSize, 3 * kSlotSize}) {
    const core::BlockSnapshot block = pool_of(kPoolBase + at, 16, ++number);
    ASSERT_TRUE(marks_->poison(block, {block.user, block.user + 1}, true));
    blocks[block.user] = number;
  }
  std::map<std::uintptr_t, std::uint64_t> visited;
  std::size_t visits = 0;
  marks_->for_each_block([&](std::uintptr_t user, std::uint64_t found) {
    visited[user] = found;
    ++visits;
  });
  EXPECT_EQ(visited, blocks);
  EXPECT_EQ(visits, blocks.size());
  for (const auto& [user, expected] : blocks) EXPECT_EQ(marks_->number_at(user), expected);
}

// Slots whose places are the same, the last one: the others' are the first ones.
TEST_F(PoolMarksTest, OfSlotsThatFallOnOnePlaceAreKeptApart) {
  constexpr std::size_t kPlaces = 4096;
  std::vector<std::uintptr_t> slots;
  for (std::uintptr_t slot = kPoolBase >> kSlotShift; slots.size() < 4; ++slot) {
    if (mix64(slot) % kPlaces == kPlaces - 1) slots.push_back(slot);
  }
  std::uint64_t number = 0;
  for (const std::uintptr_t slot : slots) {
    const core::BlockSnapshot block = pool_of((slot << kSlotShift) + 160, 100, ++number);
    EXPECT_EQ(marks_->number_at(block.user), 0U);
    ASSERT_TRUE(marks_->poison(block, {block.user + number, block.user + 100}, true));
  }
  number = 0;
  for (const std::uintptr_t slot : slots) {
    const std::uintptr_t user = (slot << kSlotShift) + 160;
    EXPECT_EQ(marks_->number_at(user), ++number);
    EXPECT_EQ(marks_->first_marked({user, user + 100}), user + number);
  }
}

TEST_F(PoolMarksTest, WhatHasNoMarksIsFree) {
  const std::uintptr_t border = kPoolBase + kSlotSize;
  const core::BlockSnapshot block = pool_of(border - 64, 64, 9);
  ASSERT_TRUE(marks_->poison(block, {block.user, border}, true));
  EXPECT_EQ(marks_->first_free({block.user, border + 10}), border);
  EXPECT_EQ(marks_->first_marked({border, border + 10}), border + 10);
  EXPECT_EQ(marks_->first_free({border + 3, border + 10}), border + 3);
  EXPECT_EQ(marks_->first_free({block.user, border}), border);
  EXPECT_FALSE(marks_->is_filled(border));
  EXPECT_EQ(marks_->first_marked({border - 1, border - 1}), border - 1);
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
  std::vector<bool> filled(block.requested);
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
    std::fill(filled.begin() + static_cast<std::ptrdiff_t>(from),
              filled.begin() + static_cast<std::ptrdiff_t>(to), poisons && round % 3 == 0);
    std::size_t expected = random() % block.requested;
    ASSERT_EQ(marks_->is_filled(block.user + expected), filled[expected]) << round;
    const std::uintptr_t asked = block.user + expected;
    while (expected < block.requested && !map[expected]) ++expected;
    ASSERT_EQ(first(block, asked), block.user + expected) << round;
    ASSERT_EQ(first(beside, beside.user), beside.user);
    ASSERT_EQ(marks_->first_free({beside.user, beside.user + 500}), beside.user + 500);
  }
}

}  // namespace
}  // namespace padlock::runtime
