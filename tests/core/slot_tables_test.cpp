// Every word of what is noted of blocks beside the heap - a stock's chains and crates, a cache's slots - ,
// overwritten: it is noticed or does not matter, and never leads astray.
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/block/header.h"
#include "core/cache/block_cache.h"
#include "core/cache/block_stock.h"
#include "core/word_changes.h"

namespace padlock::core {
namespace {

// What a stock is, to be made anew after each change.
struct StockedBlocks {
  StockedBlocks() {
    stock.add_memory(memory);
    for (std::uint32_t i = 0; i < kBlocks; ++i) {
      const std::uint32_t size_class = i % 3 * 40;
      const BlockSlot slot{&blocks[i], size_class::granules_of(size_class), i};
      EXPECT_EQ(stock.push(size_class, {&slot, 1}), 1U);
    }
  }

  // What it counts, block by block.
  std::size_t count() const {
    std::size_t all = 0;
    stock.for_each([&](const BlockSlot& /*slot*/) { ++all; });
    return all;
  }

  // Whatever there is, taken out by all ways; how many blocks.
  std::size_t empty() {
    std::size_t count = 0;
    BlockSlot taken[100];
    count += stock.take(0, taken);
    BlockSlot one;
    count += stock.take_aligned(40, 16, one) ? 1 : 0;
    BlockSlot crate[BlockStock::kCrate];
    while (const std::size_t n = stock.take_crate(crate)) count += n;
    for (std::uint32_t i = 0; i < 10; ++i) {
      const BlockSlot slot{&blocks[i], 3, i};
      if (stock.push(0, {&slot, 1}) == 0) break;
    }
    return count;
  }

  static constexpr std::uint32_t kBlocks = 600;
  std::vector<BlockHeader> blocks = std::vector<BlockHeader>(kBlocks);
  alignas(16) std::byte memory[20 * 1024]{};
  BlockStock stock;
};

struct Score {
  unsigned changed = 0;
  unsigned found = 0;
};

TEST(SlotTables, AStockIsFoundChangedOrLosesBlocksAtMost) {
  Score chains;
  Score crates;
  const auto in = [](StockedBlocks& all, std::size_t word) {
    constexpr std::size_t kStock = sizeof(BlockStock) / sizeof(std::uint64_t);
    auto* const bytes = word < kStock ? reinterpret_cast<std::byte*>(&all.stock) : all.memory;
    return reinterpret_cast<std::uint64_t*>(bytes) + (word < kStock ? word : word - kStock);
  };
  constexpr std::size_t kHeads = sizeof(BlockStock) / sizeof(std::uint64_t);
  constexpr std::size_t kWords = (sizeof(BlockStock) + sizeof(StockedBlocks::memory)) / sizeof(std::uint64_t);
  for (std::size_t word = 0; word < kWords; word += word < kHeads ? 1 : 7) {
    for (unsigned way = 0; way < test::kWordChanges; ++way) {
      StockedBlocks all;
      ASSERT_TRUE(all.stock.is_sound());
      std::uint64_t* const place = in(all, word);
      const std::uint64_t before = *place;
      *place = test::changed_word(before, way);
      if (before == 0 || *place == before) continue;
      Score& score = word < sizeof(BlockStock) / sizeof(std::uint64_t) ? chains : crates;
      ++score.changed;
      score.found += all.stock.is_sound() ? 0 : 1;
      ASSERT_LE(all.empty(), StockedBlocks::kBlocks);
    }
  }
  // Not: whose turn it is, an end that is set to null beside a sound one.
  EXPECT_GT(chains.found * 100, chains.changed * 90);
  // Not: which block a slot names, and its seal, which are looked at when the block goes home.
  EXPECT_GT(crates.found * 100, crates.changed * 25);
}

// Links, null ones too, and counts: every block comes out, or it is said that some are lost, and no more are
// counted than are left. Not: a link that is set to null, which looks like an end.
TEST(SlotTables, NoBlockOfAStockIsLostWithoutAWord) {
  constexpr std::size_t kHeads = sizeof(BlockStock) / sizeof(std::uint64_t);
  constexpr std::size_t kLinks = 3;  // of a crate, with its count
  constexpr std::size_t kCrateWords = kLinks + BlockStock::kCrate * sizeof(BlockSlot) / sizeof(std::uint64_t);
  constexpr std::size_t kCrates = sizeof(StockedBlocks::memory) / (kCrateWords * sizeof(std::uint64_t));
  for (std::size_t word = 0; word < kHeads + kCrates * kLinks; ++word) {
    for (unsigned way = 0; way < test::kWordChanges; ++way) {
      StockedBlocks all;
      const std::size_t in_crates = word - kHeads;
      auto* const place = word < kHeads ? reinterpret_cast<std::uint64_t*>(&all.stock) + word
                                        : reinterpret_cast<std::uint64_t*>(all.memory) +
                                              in_crates / kLinks * kCrateWords + in_crates % kLinks;
      const std::uint64_t changed = test::changed_word(*place, way);
      if (changed == *place || changed == 0) continue;
      *place = changed;
      const bool sound = all.stock.is_sound();
      const bool counted =
          all.stock.count() == StockedBlocks::kBlocks;  // the count itself is what was changed
      const std::size_t taken = all.empty();
      ASSERT_TRUE(taken == StockedBlocks::kBlocks || all.stock.take_damaged()) << word << ' ' << way;
      ASSERT_TRUE(taken == StockedBlocks::kBlocks || !sound) << "found before: " << word << ' ' << way;
      if (!counted) continue;
      ASSERT_EQ(all.stock.count(), all.count()) << word << ' ' << way;
    }
  }
}

// What no call of a cache may be made with: other keys, or a quarantine that is not where its slots are.
TEST(SlotTables, ACacheKnowsWhetherItsKeysAndItsQuarantineWereOverwritten) {
  const Keys keys = Keys::derive(42);
  std::vector<BlockSlot> quarantine(64);
  std::vector<BlockSlot> ready(ReadyBlocks::slots_needed());
  BlockCache cache(keys, quarantine, 4096, false, ready);
  EXPECT_FALSE(cache.restore(keys));
  auto* const words = reinterpret_cast<std::uint64_t*>(&cache);
  const auto is_noticed = [&](std::uint64_t& word, std::uint64_t value) {
    const std::uint64_t before = std::exchange(word, value);
    const bool noticed = cache.restore(keys);
    word = before;
    return noticed;
  };
  for (std::size_t i = 0; i < sizeof keys / sizeof *words; ++i) {
    for (unsigned way = 0; way < test::kWordChanges; ++way) {
      const std::uint64_t changed = test::changed_word(words[i], way);
      if (changed == words[i]) continue;
      ASSERT_TRUE(is_noticed(words[i], changed)) << i << ' ' << way;
    }
  }
  std::uint64_t& end_of_quarantine = words[sizeof keys / sizeof *words + 1];
  ASSERT_EQ(end_of_quarantine, address_of(quarantine.data() + quarantine.size()));
  EXPECT_TRUE(is_noticed(end_of_quarantine, end_of_quarantine + 1));
  EXPECT_FALSE(cache.restore(keys));
}

}  // namespace
}  // namespace padlock::core
