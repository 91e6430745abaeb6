// Idle memory: from which length on, and which chunks of it, may be zeros.
#include "core/block/idle_memory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/block/pattern.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

class IdleMemory : public testing::Test {
 protected:
  static constexpr std::size_t kBytes = kLongBlock + 4 * kZeroChunk;

  std::byte* at(std::size_t offset) { return memory_.span().data() + offset; }
  bool is_poison(std::size_t begin, std::size_t end) { return poison_intact(at(begin), at(end), poison_); }
  bool is_zero(std::size_t begin, std::size_t end) {
    return std::all_of(at(begin), at(end), [](std::byte byte) { return byte == std::byte{0}; });
  }
  void clear() { std::fill(at(0), at(kBytes), std::byte{0}); }

  Poison poison_{7};
  test::GuardedSpan memory_{kBytes, kZeroChunk};
};

TEST_F(IdleMemory, UpToTheLengthOfALongBlockAllIsFilled) {
  fill_idle(at(0), at(kLongBlock), poison_);
  EXPECT_TRUE(is_poison(0, kLongBlock));
  clear();
  fill_idle(at(0), at(kLongBlock + 16), poison_);
  EXPECT_FALSE(is_poison(0, kLongBlock));
}

// The first and the last chunk, whole or not, are filled all the same: a block's header and links come there.
TEST_F(IdleMemory, OfALongBlockWholeChunksOfZerosStay) {
  for (const std::size_t begin : {std::size_t{0}, std::size_t{16}, kZeroChunk - 16, kZeroChunk}) {
    for (const std::size_t end : {kBytes, kBytes - 16, kBytes - kZeroChunk + 16, kBytes - kZeroChunk}) {
      clear();
      fill_idle(at(begin), at(end), poison_);
      const std::size_t first = align_up(begin + kZeroChunk, kZeroChunk);
      const std::size_t last = align_down(end - kZeroChunk, kZeroChunk);
      EXPECT_TRUE(is_zero(0, begin));
      EXPECT_TRUE(is_poison(begin, first));
      EXPECT_TRUE(is_zero(first, last));
      EXPECT_TRUE(is_poison(last, end));
      EXPECT_TRUE(is_zero(end, kBytes));
      EXPECT_TRUE(idle_intact(at(begin), at(end), poison_));
    }
  }
}

TEST_F(IdleMemory, AChunkInWhichAnyByteWasWrittenIsFilled) {
  constexpr std::size_t kChunk = 3 * kZeroChunk;
  for (const std::size_t hit : {kChunk, kChunk + 8, kChunk + 600, kChunk + kZeroChunk - 1}) {
    clear();
    *at(hit) = std::byte{1};
    fill_idle(at(0), at(kBytes), poison_);
    EXPECT_TRUE(is_zero(kChunk - kZeroChunk, kChunk));
    EXPECT_TRUE(is_poison(kChunk, kChunk + kZeroChunk)) << hit;
    EXPECT_TRUE(is_zero(kChunk + kZeroChunk, kChunk + 2 * kZeroChunk));
  }
}

TEST_F(IdleMemory, OfWhatIsNoWholeChunkZerosAreDamage) {
  fill_poison(at(0), at(kBytes), poison_);
  std::fill(at(kZeroChunk), at(2 * kZeroChunk), std::byte{0});
  EXPECT_TRUE(idle_intact(at(0), at(kBytes), poison_));
  EXPECT_TRUE(idle_intact(at(kZeroChunk), at(2 * kZeroChunk), poison_));
  EXPECT_FALSE(idle_intact(at(kZeroChunk + 16), at(kBytes), poison_));
  EXPECT_FALSE(idle_intact(at(0), at(2 * kZeroChunk - 16), poison_));
  *at(kZeroChunk + 100) = std::byte{1};
  EXPECT_FALSE(idle_intact(at(0), at(kBytes), poison_));
}

TEST_F(IdleMemory, WhatEachByteHasToBeIsKnownByItsChunk) {
  fill_poison(at(0), at(kBytes), poison_);
  std::fill(at(kZeroChunk), at(2 * kZeroChunk), std::byte{0});
  std::fill(at(4 * kZeroChunk), at(5 * kZeroChunk), std::byte{0});
  const std::uintptr_t base = address_of(at(0));
  const auto byte = [&](std::size_t whole_begin, std::size_t whole_end, std::size_t of) {
    return IdleBytes({base + whole_begin, base + whole_end}, poison_).at(base + of);
  };
  const std::size_t middle = kZeroChunk + 100;
  EXPECT_EQ(byte(0, kBytes, middle), 0U);
  EXPECT_EQ(byte(kZeroChunk, 2 * kZeroChunk, middle), 0U);
  EXPECT_EQ(byte(kZeroChunk, 2 * kZeroChunk, 2 * kZeroChunk - 1), 0U);
  EXPECT_EQ(byte(kZeroChunk + 16, kBytes, middle), poison_.byte(base + middle));
  EXPECT_EQ(byte(0, 2 * kZeroChunk - 16, middle), poison_.byte(base + middle));
  EXPECT_EQ(byte(0, kBytes, 100), poison_.byte(base + 100));
  // Any word of poison that is left shows that it was poison.
  fill_poison(at(2 * kZeroChunk - 16), at(2 * kZeroChunk), poison_);
  EXPECT_EQ(byte(0, kBytes, middle), poison_.byte(base + middle));
  IdleBytes all({base, base + kBytes}, poison_);
  EXPECT_TRUE(all.is_poison(base, base + 128));
  EXPECT_FALSE(all.is_poison(base + kZeroChunk, base + kZeroChunk + 128));
  EXPECT_FALSE(all.is_poison(base + 4 * kZeroChunk, base + 4 * kZeroChunk + 128));
  EXPECT_EQ(all.at(base + 4 * kZeroChunk), 0U);
  EXPECT_EQ(all.at(base + 3 * kZeroChunk), poison_.byte(base + 3 * kZeroChunk));
}

TEST_F(IdleMemory, OnlyZerosBecomePoison) {
  poison_zeros(at(16), at(512), poison_);
  EXPECT_TRUE(is_zero(0, 16));
  EXPECT_TRUE(is_poison(16, 512));
  EXPECT_TRUE(is_zero(512, 1024));
  *at(1024 + 512 + 8) = std::byte{1};
  poison_zeros(at(1024), at(2048), poison_);
  EXPECT_FALSE(is_poison(1024, 2048));
  poison_zeros(at(4096), at(4096), poison_);
  EXPECT_TRUE(is_zero(4096, 8192));
}

}  // namespace
}  // namespace padlock::core
