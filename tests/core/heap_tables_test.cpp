// Every word of what a heap knows out of band, overwritten: the check reports most of it as what it is, and
// never goes astray. What is not found does not matter to any block, or is wrong nowhere yet
// (docs/INVARIANTS.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/examine/heap_state.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"
#include "core/word_changes.h"

namespace padlock::core {
namespace {

using test::TestHeap;
using test::TestHeapOptions;

// Two regions, with blocks in every state, merged ones among them.
class HeapTables : public ::testing::Test {
 protected:
  HeapTables() : heap_(TestHeapOptions{}.lazy()) {
    heap_.add_region(64 * 1024);
    char* kept[40];
    char* given[40];
    for (int i = 0; i < 40; ++i) {
      kept[i] = heap_.allocate(static_cast<std::size_t>(i) * 13);
      given[i] = heap_.allocate(static_cast<std::size_t>(i) * 29);
    }
    free_some(given, 0, 12);
    free_some(kept, 0, 4);
    heap_.drain();
    free_some(given, 12, 24);
    heap_.heap.flush_quarantine(heap_.faults);
    free_some(given, 24, 30);
    EXPECT_EQ(heap_.check(), 0U);
  }

  void free_some(char** blocks, int from, int to) {
    for (int i = from; i < to; ++i) heap_.free(blocks[i]);
  }

  struct Score {
    unsigned changed = 0;
    unsigned found = 0;
    unsigned called_otherwise = 0;  // found, and the first report is not of a table
  };

  void overwrite(std::uint64_t* word, std::uint64_t value, Score& score) {
    const std::uint64_t before = *word;
    if (value == before) return;
    ++score.changed;
    *word = value;
    const std::size_t faults = heap_.check();
    *word = before;
    if (faults != 0) {
      ++score.found;
      const Fault& first = heap_.faults[0];
      if (first.kind != FaultKind::kMetadataCorruption || first.table == Table::kNone)
        ++score.called_otherwise;
    }
    heap_.faults.clear();
    ASSERT_EQ(heap_.check(), 0U);
  }

  Score overwrite_all(const void* begin, std::size_t bytes) {
    Score score;
    auto* const words = const_cast<std::uint64_t*>(static_cast<const std::uint64_t*>(begin));
    for (std::size_t i = 0; i < bytes / sizeof *words; ++i) {
      for (unsigned way = 0; way < test::kWordChanges; ++way)
        overwrite(words + i, test::changed_word(words[i], way), score);
    }
    return score;
  }

  TestHeap heap_;
};

// Not: what is unused of a word, or how much is accessible, where that is less than there is.
TEST_F(HeapTables, RegionsAreFoundChanged) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Score score = overwrite_all(&heap_.region_data(i), sizeof(Region));
    EXPECT_EQ(score.called_otherwise, 0U);
    EXPECT_GT(score.found * 100, score.changed * 88);
  }
}

// As far as blocks lie: behind them, where a word's summary does not name it, nothing is looked at.
TEST_F(HeapTables, MarksAreFoundChangedInEveryBit) {
  const Region& region = heap_.region_data(1);
  ASSERT_GT(region.top, 1000U);
  const auto* words =
      reinterpret_cast<const std::uint64_t*>(&region) + align_up(sizeof(Region), kGranule) / 8;
  for (int bitmap = 0; bitmap < 4; ++bitmap) {
    const Score score = overwrite_all(words, region.top / 64 * 8);
    // Of a mark for a merged block among several that are changed the damage alone may be seen.
    EXPECT_LE(score.called_otherwise * 100, bitmap < 3 ? 0 : score.changed);
    EXPECT_GE(score.found * 100, score.changed * 99) << bitmap;
    words += Bitmap::words_for(region.granules());
  }
}

// Not: limits, the state of a random choice, numbers that are compared with nothing, what is unused of a
// word.
TEST_F(HeapTables, WhatAHeapKnowsOfItselfIsFoundChanged) {
  const Score score = overwrite_all(&heap_.heap.keys(), sizeof(HeapState));
  EXPECT_EQ(score.called_otherwise, 0U);
  EXPECT_GT(score.found * 100, score.changed * 96);
}

// Each key, every word of it in every way. Then nothing that the heap finds of blocks would be true.
TEST_F(HeapTables, LostKeysAreFoundAndGivenBack) {
  const Keys keys = Keys::derive(test::kTestKey);
  EXPECT_FALSE(heap_.heap.restore(keys));
  auto* const words = reinterpret_cast<std::uint64_t*>(const_cast<Keys*>(&heap_.heap.keys()));
  for (std::size_t i = 0; i < sizeof(Keys) / sizeof *words; ++i) {
    for (unsigned way = 0; way < test::kWordChanges; ++way) {
      const std::uint64_t before = words[i];
      words[i] = test::changed_word(before, way);
      ASSERT_EQ(heap_.heap.restore(keys), test::changed_word(before, way) != before) << i << ' ' << way;
      ASSERT_EQ(words[i], before) << i << ' ' << way;
    }
  }
  EXPECT_FALSE(heap_.heap.restore(keys));
  EXPECT_EQ(heap_.check(), 0U);
}

// A list of idle blocks has lost its beginning, which was the first of them. No block was written to, none is
// blamed, and the list has it again.
class LostList : public ::testing::Test {
 protected:
  LostList() {
    for (char*& block : blocks_) block = heap_.allocate(100);
    heap_.free(blocks_[1]);
    heap_.drain();
    const std::span<std::uint64_t> words(reinterpret_cast<std::uint64_t*>(&state().free),
                                         sizeof(FreeIndex) / sizeof(std::uint64_t));
    const auto head = std::find(words.begin(), words.end(), test::at(test::header_of(blocks_[1])));
    EXPECT_NE(head, words.end());
    *head = 0;
  }
  HeapState& state() { return *reinterpret_cast<HeapState*>(const_cast<Keys*>(&heap_.heap.keys())); }

  // Merges it with its neighbour.
  void expect_told() {
    heap_.free(blocks_[2]);
    heap_.drain();
    ASSERT_EQ(heap_.faults.size(), 1U);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kMetadataCorruption);
    EXPECT_EQ(fault.table, Table::kIdle);
    EXPECT_EQ(fault.address, test::at(&state().free));
    EXPECT_FALSE(fault.damage.present());
    EXPECT_EQ(heap_.check(), 0U);
  }

  TestHeap heap_{TestHeapOptions{}.lazy()};
  char* blocks_[8];
};

TEST_F(LostList, IsFoundWhereNoBlockHasComeToItSince) {
  expect_told();
  EXPECT_EQ(heap_.heap.stats().condemned_bytes, 0U);
}

TEST_F(LostList, IsFoundWhereAnotherBlockIsItsFirst) {
  heap_.free(blocks_[5]);
  heap_.drain();
  expect_told();
}

// Of those that are in use. Not: the seal that a slot remembers, which is looked at when the block leaves.
TEST_F(HeapTables, SlotsOfFreedBlocksAreFoundChanged) {
  const Score score = overwrite_all(heap_.slots().data(), heap_.slots().size_bytes());
  const std::size_t held = heap_.heap.stats().quarantined_blocks;
  EXPECT_EQ(held, 6U);
  EXPECT_EQ(score.called_otherwise, 0U);
  EXPECT_GT(score.found, held * 100);  // of 138 changes of each
}

// Such slots are not the heap's own, but those of caches and of what they have too much of.
TEST_F(HeapTables, SlotsThatArePutAsideAreFoundChangedInEveryWay) {
  BlockSlot slots[3];
  ASSERT_EQ(heap_.heap.lend(granules_for(100), slots, 1, heap_.faults), std::size(slots));
  static_assert(sizeof(BlockSlot) == 2 * sizeof(std::uint64_t));
  for (const BlockSlot& slot : slots) {
    heap_.heap.verify_put_aside(slot, Moment::kCheck, 0, heap_.faults);
    ASSERT_EQ(heap_.faults.size(), 0U);
    for (unsigned way = 0; way < 2 * test::kWordChanges; ++way) {
      std::uint64_t words[2];
      std::memcpy(words, &slot, sizeof words);
      std::uint64_t& word = words[way / test::kWordChanges];
      word = test::changed_word(word, way % test::kWordChanges);
      BlockSlot changed;
      std::memcpy(&changed, words, sizeof changed);
      heap_.heap.verify_put_aside(changed, Moment::kCheck, 0, heap_.faults);
      ASSERT_EQ(heap_.faults.size(), 1U) << way;
      const Fault fault = heap_.faults.take_only();
      ASSERT_EQ(fault.kind, FaultKind::kMetadataCorruption) << way;
      ASSERT_EQ(fault.table, Table::kSlots) << way;
    }
  }
}

}  // namespace
}  // namespace padlock::core
