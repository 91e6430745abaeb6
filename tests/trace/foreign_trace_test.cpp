// A trace remembered on a stack of unknown bounds: it is known again by every word, and no page is touched
// before it is proved to be there.
#include "trace/foreign_trace.h"

#include <gtest/gtest.h>

#include "os/memory.h"

namespace padlock::trace {
namespace {

constexpr std::uint32_t kId = 42;
constexpr std::uintptr_t kTraceKey = 3 * MemoEntry::kKey;

// Two pages of stack, and another one elsewhere.
class ForeignTraceTest : public testing::Test {
 protected:
  static constexpr std::size_t kPageWords = 512;

  void SetUp() override {
    words_ = static_cast<std::uintptr_t*>(os::map(2 * os::page_size(), os::Protection::kReadWrite));
    ASSERT_NE(words_, nullptr);
  }
  void TearDown() override { os::unmap(words_, 2 * os::page_size()); }

  static std::uintptr_t address(const std::uintptr_t& word) {
    return reinterpret_cast<std::uintptr_t>(&word);
  }
  [[nodiscard]] FrameState caller() const { return {.pc = 0x1000, .sp = address(words_[8]), .fp = 5}; }
  void record(ForeignTrace& trace, std::size_t index) {
    trace.on_return_address(address(words_[index]), words_[index]);
  }
  void record_both_pages(bool marked) {
    ForeignTrace trace(entry_, caller());
    for (const std::size_t index : kWords) record(trace, index);
    trace.finish(kId, kTraceKey, marked);
  }
  [[nodiscard]] bool matches() const { return ForeignTrace::matches(entry_, caller(), kTraceKey); }
  void hide_second_page() const {
    ASSERT_TRUE(os::protect(words_ + kPageWords, os::page_size(), os::Protection::kNone));
  }

  static constexpr std::size_t kWords[] = {10, 20, 500, 600, 700};
  std::uintptr_t* words_ = nullptr;
  MemoEntry entry_{};
};

TEST_F(ForeignTraceTest, AFinishedOneMatchesWhatItRecordedAndNothingElse) {
  EXPECT_FALSE(matches());
  record_both_pages(true);
  EXPECT_TRUE(matches());
  EXPECT_EQ(entry_.id(), kId);
  EXPECT_FALSE(entry_.matches(caller(), kTraceKey));  // not without care
  FrameState other = caller();
  other.pc += 1;
  EXPECT_FALSE(ForeignTrace::matches(entry_, other, kTraceKey));
  EXPECT_FALSE(ForeignTrace::matches(entry_, caller(), kTraceKey + MemoEntry::kKey));
}

TEST_F(ForeignTraceTest, EveryRecordedWordCounts) {
  for (const bool marked : {true, false}) {
    record_both_pages(marked);
    for (const std::size_t index : kWords) {
      words_[index] ^= 1;
      EXPECT_FALSE(matches()) << index;
      words_[index] ^= 1;
    }
    EXPECT_TRUE(matches());
  }
}

TEST_F(ForeignTraceTest, AnotherPageIsNotTouchedWhereTheWordsBeforeItHaveChanged) {
  record_both_pages(true);
  hide_second_page();
  for (const std::size_t index : {10U, 20U, 500U}) {
    words_[index] ^= 1;
    EXPECT_FALSE(matches()) << index;
    words_[index] ^= 1;
  }
}

TEST_F(ForeignTraceTest, WithoutAMarkedEndThePageIsAskedFor) {
  record_both_pages(false);
  EXPECT_TRUE(matches());
  hide_second_page();
  EXPECT_FALSE(matches());
}

TEST_F(ForeignTraceTest, GoesOnOnAnotherStack) {
  auto* others = static_cast<std::uintptr_t*>(os::map(os::page_size(), os::Protection::kReadWrite));
  ASSERT_NE(others, nullptr);
  words_[30] = address(others[0]);
  ForeignTrace trace(entry_, caller());
  record(trace, 10);
  trace.on_stack_pointer(address(words_[30]), words_[30]);
  trace.on_return_address(address(others[7]), others[7]);
  trace.finish(kId, kTraceKey, true);
  EXPECT_TRUE(matches());
  others[7] ^= 1;
  EXPECT_FALSE(matches());
  others[7] ^= 1;
  words_[10] ^= 1;  // found before the other stack is read
  os::unmap(others, os::page_size());
  EXPECT_FALSE(matches());
}

TEST_F(ForeignTraceTest, TheFirstFramePointerCountsOnlyIfItWasUsed) {
  FrameState other = caller();
  other.fp += 16;
  record_both_pages(true);
  EXPECT_TRUE(ForeignTrace::matches(entry_, other, kTraceKey));
  ForeignTrace trace(entry_, caller());
  trace.on_frame_pointer(kFpAtStart, caller().fp);
  trace.on_frame_pointer(kFpLogged, 7);
  trace.finish(kId, kTraceKey, true);
  EXPECT_TRUE(matches());
  EXPECT_FALSE(ForeignTrace::matches(entry_, other, kTraceKey));
}

TEST_F(ForeignTraceTest, WhatDoesNotFitIsNotKept) {
  const auto keeps = [&](std::uintptr_t slot) {
    ForeignTrace trace(entry_, caller());
    trace.on_return_address(slot, 0);
    trace.finish(kId, kTraceKey, true);
    return matches();
  };
  EXPECT_TRUE(keeps(address(words_[8])));
  EXPECT_FALSE(keeps(address(words_[7])));
  EXPECT_FALSE(keeps(address(words_[9]) + 4));
  ForeignTrace trace(entry_, caller());
  for (std::size_t i = 0; i <= MemoEntry::kMostLoads; ++i) record(trace, 10 + i);
  trace.finish(kId, kTraceKey, true);
  EXPECT_FALSE(matches());
}

// The numbers above the farthest distance mean something else.
TEST_F(ForeignTraceTest, WordsUpToAHalfMegabyteAwayAreKept) {
  constexpr std::size_t kFarthest = 0xfffd;
  constexpr std::size_t kBytes = (kFarthest + 1024) * 8;
  auto* const far = static_cast<std::uintptr_t*>(os::map(kBytes, os::Protection::kReadWrite));
  ASSERT_NE(far, nullptr);
  const FrameState from{.pc = 0x1000, .sp = address(far[0]), .fp = 5};
  for (std::size_t words = kFarthest - 2; words <= kFarthest + 4; ++words) {
    far[words] = 5;
    ForeignTrace trace(entry_, from);
    trace.on_return_address(address(far[words]), 5);
    trace.finish(kId, kTraceKey, true);
    EXPECT_EQ(ForeignTrace::matches(entry_, from, kTraceKey), words <= kFarthest) << words;
    far[words] = 6;
    EXPECT_FALSE(ForeignTrace::matches(entry_, from, kTraceKey)) << words;
  }
  os::unmap(far, kBytes);
}

}  // namespace
}  // namespace padlock::trace
