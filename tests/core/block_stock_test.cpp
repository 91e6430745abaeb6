// The stock: last in, first out for those who take, oldest first for those who merge; every block once.
#include "core/cache/block_stock.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "base/arith.h"
#include "core/block/header.h"

namespace padlock::core {
namespace {

class BlockStockTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kSmall = 0;
  static constexpr std::uint32_t kOther = 5;

  BlockSlot slot(std::size_t number, std::uint32_t size_class = kSmall) {
    return {&blocks_[number], size_class::granules_of(size_class), static_cast<std::uint32_t>(number)};
  }
  void fill(std::size_t begin, std::size_t end, std::uint32_t size_class = kSmall) {
    for (std::size_t i = begin; i < end; ++i) {
      if (push(slot(i, size_class), size_class)) continue;
      stock_.add_memory(memory_);
      ASSERT_TRUE(push(slot(i, size_class), size_class));
    }
  }
  bool push(const BlockSlot& slot, std::uint32_t size_class = kSmall) {
    return stock_.push(size_class, {&slot, 1}) == 1;
  }
  static std::uintptr_t at(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
  static std::vector<std::size_t> numbers(std::span<const BlockSlot> slots) {
    std::vector<std::size_t> all;
    for (const BlockSlot& each : slots) all.push_back(each.seal);
    return all;
  }
  std::vector<std::size_t> take(std::uint32_t size_class, std::size_t most) {
    std::vector<BlockSlot> taken(most);
    return numbers(std::span(taken).first(stock_.take(size_class, taken)));
  }
  std::vector<std::size_t> take_crate() {
    BlockSlot taken[BlockStock::kCrate];
    return numbers(std::span(taken).first(stock_.take_crate(taken)));
  }
  static std::vector<std::size_t> run(std::size_t first, std::size_t last) {
    std::vector<std::size_t> all;
    for (std::size_t i = first; i != last; first < last ? ++i : --i) all.push_back(i);
    return all;
  }

  std::vector<BlockHeader> blocks_ = std::vector<BlockHeader>(400);
  alignas(16) std::byte memory_[16 * 1024];
  BlockStock stock_;
};

TEST_F(BlockStockTest, WithoutMemoryThereIsNoRoom) {
  EXPECT_FALSE(push(slot(0)));
  EXPECT_EQ(take(kSmall, 3), run(0, 0));
  EXPECT_EQ(take_crate(), run(0, 0));
  stock_.add_memory(std::span(memory_).first(1000));  // less than a crate
  EXPECT_FALSE(push(slot(0)));
  EXPECT_EQ(stock_.count(), 0U);
}

// Of a run that is longer than a crate the beginning, up to where the newest crate is full.
TEST_F(BlockStockTest, ARunIsTakenCrateByCrate) {
  stock_.add_memory(memory_);
  std::vector<BlockSlot> all;
  for (std::size_t i = 0; i < 150; ++i) all.push_back(slot(i));
  const auto from = [&](std::size_t first, std::size_t last) {
    return std::span(all).subspan(first, last - first);
  };
  EXPECT_EQ(stock_.push(kSmall, from(0, 0)), 0U);
  EXPECT_EQ(stock_.push(kSmall, from(0, 10)), 10U);
  EXPECT_EQ(stock_.push(kSmall, from(10, 150)), 52U);
  EXPECT_EQ(stock_.count(), 62U);
  EXPECT_EQ(stock_.push(kSmall, from(62, 150)), 62U);
  EXPECT_EQ(stock_.push(kSmall, from(124, 150)), 26U);
  EXPECT_EQ(stock_.count(), 150U);
  EXPECT_EQ(stock_.bytes(), 150U * size_class::granules_of(kSmall) * kGranule);
  EXPECT_TRUE(stock_.is_sound());
  EXPECT_EQ(take_crate(), run(0, 62));
  EXPECT_EQ(take(kSmall, 100), run(149, 61));
}

// As many as there are crates for, which are sixteen.
TEST_F(BlockStockTest, ARunEndsWhereNoCrateIsLeft) {
  stock_.add_memory(memory_);
  const std::vector<BlockSlot> all(100, slot(3));
  std::size_t pushed = 0;
  while (const std::size_t more = stock_.push(kSmall, all)) pushed += more;
  EXPECT_EQ(pushed, 16 * BlockStock::kCrate);
  EXPECT_EQ(stock_.count(), pushed);
  EXPECT_EQ(stock_.push(kOther, all), 0U);
}

TEST_F(BlockStockTest, AnAlignedOneIsFoundWhereverItLies) {
  constexpr std::size_t kAlignment = 128;  // every fourth header of the test is such a block's
  const auto is_aligned = [&](std::size_t number) {
    return (at(&blocks_[number]) + kHeaderSize) % kAlignment == 0;
  };
  std::size_t aligned = 0;
  for (std::size_t i = 0; i < 150; ++i) aligned += is_aligned(i) ? 1U : 0U;
  fill(0, 150);
  std::vector<bool> seen(150);
  for (std::size_t i = 0; i < aligned; ++i) {
    BlockSlot taken;
    ASSERT_TRUE(stock_.take_aligned(kSmall, kAlignment, taken));
    ASSERT_TRUE(is_aligned(taken.seal));
    ASSERT_FALSE(seen[taken.seal]);
    seen[taken.seal] = true;
    EXPECT_FALSE(stock_.holds(taken.block));
  }
  BlockSlot none;
  EXPECT_FALSE(stock_.take_aligned(kSmall, kAlignment, none));
  EXPECT_FALSE(stock_.take_aligned(kOther, 16, none));
  EXPECT_EQ(stock_.count(), 150 - aligned);
  EXPECT_EQ(take(kSmall, 400).size(), 150 - aligned) << "all others are still there";
  EXPECT_EQ(stock_.bytes(), 0U);
}

TEST_F(BlockStockTest, TheLatestComeFirst) {
  fill(0, 150);
  EXPECT_EQ(take(kSmall, 100), run(149, 49));
  EXPECT_EQ(take(kSmall, 100), std::vector<std::size_t>([] {
              std::vector<std::size_t> rest = run(49, 0);
              rest.push_back(0);
              return rest;
            }()));
  EXPECT_EQ(stock_.count(), 0U);
}

TEST_F(BlockStockTest, ClassesAreApart) {
  fill(0, 3, kSmall);
  fill(3, 5, kOther);
  EXPECT_EQ(take(kOther, 9), (std::vector<std::size_t>{4, 3}));
  EXPECT_EQ(take(kSmall, 9), (std::vector<std::size_t>{2, 1, 0}));
}

TEST_F(BlockStockTest, CratesComeOldestFirstAndClassesInTurn) {
  fill(0, 70, kSmall);
  fill(70, 75, kOther);
  EXPECT_EQ(take_crate(), run(0, 62));
  EXPECT_EQ(take_crate(), run(70, 75));
  EXPECT_EQ(take_crate(), run(62, 70));
  EXPECT_EQ(take_crate(), run(0, 0));
}

TEST_F(BlockStockTest, BytesAndBlocksAreCounted) {
  fill(0, 100, kSmall);
  fill(100, 110, kOther);
  const std::size_t small = size_class::granules_of(kSmall) * kGranule;
  const std::size_t other = size_class::granules_of(kOther) * kGranule;
  EXPECT_EQ(stock_.count(), 110U);
  EXPECT_EQ(stock_.bytes(), 100 * small + 10 * other);
  take(kSmall, 30);
  EXPECT_EQ(stock_.count(), 80U);
  EXPECT_EQ(stock_.bytes(), 70 * small + 10 * other);
  take_crate();
  EXPECT_EQ(stock_.count(), 18U);
  EXPECT_EQ(stock_.bytes(), 8 * small + 10 * other);
}

TEST_F(BlockStockTest, HoldsWhatItHolds) {
  fill(0, 130);
  take(kSmall, 10);
  take_crate();
  for (std::size_t i = 0; i < 130; ++i) EXPECT_EQ(stock_.holds(&blocks_[i]), i >= 62 && i < 120) << i;
}

// Sixteen crates suffice: an empty one is used again, whatever end it was emptied from.
TEST_F(BlockStockTest, CratesAreUsedAgain) {
  stock_.add_memory(memory_);
  for (int round = 0; round < 100; ++round) {
    for (std::size_t i = 0; i < 300; ++i) {
      ASSERT_TRUE(push(slot(i), i % 2 == 0 ? kSmall : kOther));
    }
    std::vector<std::size_t> all = take(kSmall, 80);
    for (std::vector<std::size_t> crate = take_crate(); !crate.empty(); crate = take_crate()) {
      all.insert(all.end(), crate.begin(), crate.end());
    }
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all, run(0, 300));
  }
}

// A crate begins with its links and its count; in the stock the links to the first and the last of each class
// come last.
TEST_F(BlockStockTest, AChangeOfAnyBitOfALinkOrACountIsSeen) {
  constexpr std::size_t kHead = 24;
  constexpr std::size_t kLinks = size_class::kCount * 2 * sizeof(std::uint64_t);
  fill(0, 150, kSmall);
  fill(150, 160, kOther);
  ASSERT_TRUE(stock_.is_sound());
  const auto expect_seen = [&](std::byte* begin, std::size_t size) {
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      const auto changed = std::byte{1} << bit % 8;
      begin[bit / 8] ^= changed;
      ASSERT_FALSE(stock_.is_sound()) << bit;
      begin[bit / 8] ^= changed;
    }
    ASSERT_TRUE(stock_.is_sound());
  };
  const auto crate_of = [&](std::size_t first) {
    for (std::size_t i = kHead; i + sizeof(BlockSlot) <= sizeof memory_; i += 8) {
      BlockSlot found;
      std::memcpy(&found, memory_ + i, sizeof found);
      if (found.block == &blocks_[first]) return memory_ + i - kHead;
    }
    return static_cast<std::byte*>(nullptr);
  };
  for (const std::size_t first : {0U, 62U, 124U, 150U}) {
    std::byte* const crate = crate_of(first);
    ASSERT_NE(crate, nullptr) << first;
    expect_seen(crate, kHead);
  }
  expect_seen(reinterpret_cast<std::byte*>(&stock_) + sizeof stock_ - kLinks, kLinks);
}

// With a page behind it that nobody may read: a turn through all classes begins anew.
TEST(BlockStock, NoClassIsLookedForBehindTheLast) {
  constexpr std::size_t kPageOfMemory = 4096;
  constexpr std::size_t kMapped = align_up(sizeof(BlockStock), kPageOfMemory);
  void* const pages =
      mmap(nullptr, kMapped + kPageOfMemory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  ASSERT_EQ(mprotect(static_cast<std::byte*>(pages) + kMapped, kPageOfMemory, PROT_NONE), 0);
  auto* const stock = new (static_cast<std::byte*>(pages) + kMapped - sizeof(BlockStock)) BlockStock;
  BlockSlot taken[BlockStock::kCrate];
  for (int i = 0; i < 3; ++i) EXPECT_EQ(stock->take_crate(taken), 0U);
  alignas(16) std::byte memory[4096];
  stock->add_memory(memory);
  const BlockSlot slot{nullptr, size_class::kMostGranules, 0};
  EXPECT_EQ(stock->push(size_class::kCount - 1, {&slot, 1}), 1U);
  EXPECT_EQ(stock->take_crate(taken), 1U);
  EXPECT_EQ(stock->take_crate(taken), 0U);
  EXPECT_TRUE(stock->is_sound());
  munmap(pages, kMapped + kPageOfMemory);
}

// All sixteen crates full, emptied from one end or the other, and full again: none is lost.
TEST_F(BlockStockTest, NoCrateIsLost) {
  constexpr std::size_t kAll = 16 * BlockStock::kCrate;
  stock_.add_memory(memory_);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < kAll; ++i) {
      ASSERT_TRUE(push(slot(i % blocks_.size()))) << round << " " << i;
    }
    EXPECT_FALSE(push(slot(0)));
    if (round % 2 == 0) {
      EXPECT_EQ(take(kSmall, kAll).size(), kAll);
    } else {
      while (!take_crate().empty()) {
      }
    }
  }
}

}  // namespace
}  // namespace padlock::core
