// The memo: it answers only when every word that decided a walk is as it was.
#include "trace/memo.h"

#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kDepth = 16;
constexpr std::uint32_t kGeneration = 3;
constexpr std::uint32_t kId = 42;
constexpr std::uintptr_t kKey = 3 * MemoEntry::kKey;

class MemoEntryTest : public testing::Test {
 protected:
  std::uintptr_t slot(std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack_[index]); }
  FrameState caller() { return {.pc = 0x1000, .sp = slot(0), .fp = 5}; }
  void start() { entry_.start(caller(), slot(kWords)); }
  void record(std::size_t index) { entry_.on_return_address(slot(index), stack_[index]); }
  void finish() { entry_.finish(kId, kKey); }
  bool matches() { return entry_.matches(caller(), kKey); }

  static constexpr std::size_t kWords = 100;
  std::uintptr_t stack_[kWords] = {};
  MemoEntry entry_{};
};

TEST_F(MemoEntryTest, AZeroEntryMatchesNothing) {
  EXPECT_FALSE(matches());
  EXPECT_FALSE(entry_.matches({}, MemoEntry::kKey));
}

TEST_F(MemoEntryTest, AFinishedEntryMatchesWhatItRecorded) {
  start();
  record(3);
  EXPECT_FALSE(matches());
  finish();
  EXPECT_TRUE(matches());
  EXPECT_EQ(entry_.id(), kId);
}

TEST_F(MemoEntryTest, EveryPartOfTheKeyCounts) {
  start();
  finish();
  FrameState other = caller();
  other.pc += 1;
  EXPECT_FALSE(entry_.matches(other, kKey));
  other = caller();
  other.sp += 8;
  EXPECT_FALSE(entry_.matches(other, kKey));
  EXPECT_FALSE(entry_.matches(caller(), kKey - MemoEntry::kKey));
  EXPECT_FALSE(entry_.matches(caller(), kKey + MemoEntry::kKey));
}

TEST_F(MemoEntryTest, EveryRecordedWordCounts) {
  start();
  for (const std::size_t index : {2U, 9U, 99U}) record(index);
  entry_.on_frame_pointer(slot(50), stack_[50]);
  finish();
  for (std::size_t index = 0; index < kWords; ++index) {
    const bool recorded = index == 2 || index == 9 || index == 50 || index == 99;
    stack_[index] ^= 1;
    EXPECT_EQ(matches(), !recorded) << index;
    stack_[index] ^= 1;
  }
  EXPECT_TRUE(matches());
}

TEST_F(MemoEntryTest, OfAnyNumberOfWordsEachBitCounts) {
  for (std::size_t count = 1; count <= MemoEntry::kMostLoads; ++count) {
    start();
    for (std::size_t i = 0; i < count; ++i) {
      stack_[2 * i] = 0x7f0000001000 + 16 * i;
      record(2 * i);
    }
    finish();
    ASSERT_TRUE(matches()) << count;
    for (std::size_t i = 0; i < count; ++i) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        stack_[2 * i] ^= std::uintptr_t{1} << bit;
        ASSERT_FALSE(matches()) << count << ' ' << i << ' ' << bit;
        stack_[2 * i] ^= std::uintptr_t{1} << bit;
      }
    }
  }
}

TEST_F(MemoEntryTest, WordsThatChangePlacesCount) {
  start();
  for (std::size_t i = 0; i < 10; ++i) {
    stack_[i] = i;
    record(i);
  }
  finish();
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      std::swap(stack_[i], stack_[j]);
      EXPECT_FALSE(matches()) << i << ' ' << j;
      std::swap(stack_[i], stack_[j]);
    }
  }
  EXPECT_TRUE(matches());
}

TEST_F(MemoEntryTest, TheFirstFramePointerCountsOnlyIfItWasUsed) {
  FrameState other = caller();
  other.fp += 16;
  start();
  finish();
  EXPECT_TRUE(entry_.matches(other, kKey));
  start();
  entry_.on_frame_pointer(0, caller().fp);
  finish();
  EXPECT_FALSE(entry_.matches(other, kKey));
  EXPECT_TRUE(matches());
  start();
  finish();
  EXPECT_TRUE(entry_.matches(other, kKey)) << "recorded anew";
}

// A word whose sum is `sum`: sums are linear, so each of its bits can be done away with by one of a basis.
std::uintptr_t word_of_sum(std::uint32_t sum) {
  std::pair<std::uint32_t, std::uintptr_t> basis[32] = {};
  const auto reduce = [&](std::pair<std::uint32_t, std::uintptr_t> one) {
    for (unsigned bit = 32; bit-- != 0;) {
      if ((one.first >> bit & 1) == 0 || basis[bit].first == 0) continue;
      one = {one.first ^ basis[bit].first, one.second ^ basis[bit].second};
    }
    return one;
  };
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uintptr_t word = std::uintptr_t{1} << bit;
    const auto one = reduce({static_cast<std::uint32_t>(arch::crc32c(0, word)), word});
    if (one.first != 0) basis[std::bit_width(one.first) - 1] = one;
  }
  const auto rest = reduce({sum, 0});
  EXPECT_EQ(rest.first, 0U);
  return rest.second;
}

TEST_F(MemoEntryTest, EachBitOfBothSumsCounts) {
  for (const std::uint32_t other_sum : {0U, ~0U}) {
    for (const std::size_t changed : {2U, 3U}) {
      stack_[2] = stack_[3] = word_of_sum(other_sum);
      start();
      for (std::size_t i = 0; i < 4; ++i) record(i);
      finish();
      ASSERT_TRUE(matches());
      for (unsigned bit = 0; bit < 32; ++bit) {
        stack_[changed] = word_of_sum(other_sum ^ std::uint32_t{1} << bit);
        EXPECT_FALSE(matches()) << changed << ' ' << bit;
      }
    }
  }
}

// All words here are zero, so an entry that kept one of these would match.
TEST_F(MemoEntryTest, WhatCannotBeReadAgainIsNotKept) {
  constexpr std::size_t kFar = 70'000;
  const std::vector<std::uintptr_t> zeros(kFar + 8);
  const auto address = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&zeros[index]); };
  const FrameState from{.pc = 0x1000, .sp = address(2), .fp = 0};
  const auto keeps = [&](std::uintptr_t slot, std::size_t end) {
    entry_.start(from, address(end));
    entry_.on_return_address(slot, 0);
    finish();
    return entry_.matches(from, kKey);
  };
  EXPECT_TRUE(keeps(address(2), 10));
  EXPECT_TRUE(keeps(address(9), 10));
  EXPECT_FALSE(keeps(address(10), 10));
  EXPECT_FALSE(keeps(address(1), 10));
  EXPECT_FALSE(keeps(address(3) + 4, 10));
  EXPECT_FALSE(keeps(address(kFar), kFar + 1));
}

TEST_F(MemoEntryTest, AWalkOfTooManyWordsIsNotKept) {
  start();
  for (std::size_t i = 0; i < MemoEntry::kMostLoads; ++i) record(i);
  finish();
  EXPECT_TRUE(matches());
  start();
  for (std::size_t i = 0; i <= MemoEntry::kMostLoads; ++i) record(i);
  finish();
  EXPECT_FALSE(matches());
}

// Two stacks of which only a word further up differs, recorded one after the other.
class MemoTest : public testing::Test {
 protected:
  static constexpr std::size_t kWords = 8;

  FrameState caller() { return {.pc = 0x1000, .sp = reinterpret_cast<std::uintptr_t>(stack_), .fp = 0}; }
  void keep(std::uintptr_t word, std::uint32_t id) { keep(word, id, caller()); }
  void keep(std::uintptr_t word, std::uint32_t id, const FrameState& from) {
    stack_[3] = word;
    MemoEntry* entry = memo_->miss(from, kDepth, kGeneration);
    ASSERT_NE(entry, nullptr);
    entry->start(from, reinterpret_cast<std::uintptr_t>(stack_ + kWords));
    entry->on_return_address(reinterpret_cast<std::uintptr_t>(stack_ + 3), word);
    entry->finish(id, memo_->key());
  }
  std::uint32_t recall(std::uintptr_t word) { return recall(word, caller()); }
  std::uint32_t recall(std::uintptr_t word, const FrameState& from) {
    stack_[3] = word;
    return memo_->recall(from, kGeneration);
  }

  std::uintptr_t stack_[kWords] = {};
  std::unique_ptr<Memo> memo_ = std::make_unique<Memo>();
};

TEST_F(MemoTest, ZeroesRecallNothing) { EXPECT_EQ(recall(7), 0U); }

TEST_F(MemoTest, TheLatestEightFromOnePlaceAreKept) {
  for (std::uint32_t word = 1; word <= 20; ++word) {
    keep(word, 10 * word);
    for (std::uint32_t known = 1; known <= 20; ++known) {
      EXPECT_EQ(recall(known), known <= word && known + 8 > word ? 10 * known : 0U) << word << ' ' << known;
    }
  }
}

TEST_F(MemoTest, KnowsTracesOfOneGeneration) {
  keep(7, 70);
  EXPECT_EQ(memo_->recall(caller(), kGeneration + 1), 0U);
  EXPECT_EQ(recall(7), 70U);
  memo_->miss({}, kDepth, kGeneration + 1);
  EXPECT_EQ(memo_->recall(caller(), kGeneration + 1), 0U);
  EXPECT_EQ(recall(7), 0U);
  memo_->miss({}, kDepth, kGeneration);
  EXPECT_EQ(recall(7), 0U);
}

TEST_F(MemoTest, KnowsTracesOfOneDepth) {
  keep(7, 70);
  memo_->miss({}, kDepth - 1, kGeneration);
  EXPECT_EQ(recall(7), 0U);
  memo_->miss({}, kDepth, kGeneration);
  EXPECT_EQ(recall(7), 0U);
}

// In whatever order they come: what is guessed wrongly is another one's, and the right one is found.
TEST_F(MemoTest, ATraceIsTakenForNoOther) {
  constexpr std::uintptr_t kPlaces = 40;
  constexpr std::uintptr_t kTraces = 3;
  const auto at = [&](std::uintptr_t place) {
    return FrameState{.pc = 0x1000 + place, .sp = caller().sp, .fp = 0};
  };
  const auto id_of = [](std::uintptr_t place, std::uintptr_t word) {
    return static_cast<std::uint32_t>(1 + place * kTraces + word);
  };
  for (std::uintptr_t place = 0; place < kPlaces; ++place) {
    for (std::uintptr_t word = 0; word < kTraces; ++word) keep(word, id_of(place, word), at(place));
  }
  Random random(5);
  std::size_t known = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uintptr_t place = random.next() % kPlaces;
    const std::uintptr_t word = random.next() % kTraces;
    const std::uint32_t id = recall(word, at(place));
    ASSERT_TRUE(id == 0 || id == id_of(place, word)) << place << ' ' << word << ": " << id;
    known += id != 0 ? 1 : 0;
  }
  EXPECT_GT(known, 15'000U);  // places that share a set push each other out
}

// As many as there is room for, and more: whatever else is asked for is looked for within its set.
TEST_F(MemoTest, WhenItIsFullItKnowsNothingElse) {
  const auto at = [&](std::uintptr_t place) {
    return FrameState{.pc = 0x1000 + 16 * place, .sp = caller().sp, .fp = 0};
  };
  constexpr std::uint32_t kPlaces = 8000;
  for (std::uint32_t place = 1; place <= kPlaces; ++place) {
    keep(7, place, at(place));
    ASSERT_EQ(recall(7, at(place)), place);
  }
  std::size_t known = 0;
  for (std::uint32_t place = 1; place <= kPlaces; ++place) {
    const std::uint32_t id = recall(7, at(place));
    ASSERT_TRUE(id == 0 || id == place) << place << ' ' << id;
    known += id != 0 ? 1 : 0;
  }
  EXPECT_EQ(known, 8U * 256);
  for (std::uint32_t place = kPlaces + 1; place <= 2 * kPlaces; ++place) ASSERT_EQ(recall(7, at(place)), 0U);
}

TEST_F(MemoTest, EachClearMakesAnotherKey) {
  memo_->clear();
  for (std::uintptr_t number = 1; number < 1 << 16; ++number) {
    EXPECT_EQ(memo_->key(), number * MemoEntry::kKey);
    memo_->clear();
  }
  EXPECT_EQ(memo_->key(), MemoEntry::kKey) << "0 is none";
}

TEST_F(MemoTest, NothingIsLeftAfterClear) {
  keep(7, 70);
  memo_->clear();
  EXPECT_EQ(recall(7), 0U);
  keep(7, 71);
  EXPECT_EQ(recall(7), 71U);
}

TEST_F(MemoTest, NothingComesBackWhenTheEpochsComeRound) {
  keep(7, 70);
  MemoEntry begun{};
  begun.start(caller(), reinterpret_cast<std::uintptr_t>(stack_ + kWords));
  for (int i = 0; i < 1 << 16; ++i) {
    memo_->clear();
    ASSERT_FALSE(begun.matches(caller(), memo_->key())) << i;
  }
  EXPECT_EQ(recall(7), 0U);
}

TEST_F(MemoTest, StepsAsideWhenItRarelyHitsAndComesBack) {
  keep(7, 70);
  for (int i = 0; i < 255; ++i) ASSERT_EQ(recall(7), 70U);  // of 256 hits for 768 misses, one too few
  for (int i = 1; i < 768; ++i) keep(7, 70);
  EXPECT_EQ(recall(7), 0U);
  for (int i = 0; i < 16 * 1024; ++i) ASSERT_EQ(memo_->miss(caller(), kDepth, kGeneration), nullptr) << i;
  keep(7, 70);
  EXPECT_EQ(recall(7), 70U);
}

TEST_F(MemoTest, StaysWhenAQuarterHits) {
  keep(7, 70);
  for (int i = 0; i < 256; ++i) ASSERT_EQ(recall(7), 70U);
  for (int i = 1; i < 768; ++i) keep(7, 70);
  EXPECT_EQ(recall(7), 70U);
}

}  // namespace
}  // namespace padlock::trace
