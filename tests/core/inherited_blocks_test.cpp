// A check in a forked child: of what only its parent's threads have had, the headers are looked at and no
// more.
#include <gtest/gtest.h>

#include <optional>

#include "core/block/header.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::header_of;
using test::raw;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::uint16_t kFirst = 5;  // of the child's threads
constexpr std::uint16_t kThreads[] = {0, 1, kFirst - 1, kFirst, kFirst + 1};
constexpr std::size_t kSize = 100;

// A thread of index 0 is not known.
bool is_parents(std::uint16_t thread) { return thread != 0 && thread < kFirst; }

Caller by(std::uint16_t thread) { return {.thread = thread}; }

std::size_t check(TestHeap& heap) { return heap.heap.check(Moment::kCheck, heap.faults, kFirst); }

TEST(InheritedBlocks, PaddingOfThoseThatTheParentAllocatedIsNotLookedAt) {
  for (const std::uint16_t thread : kThreads) {
    TestHeap heap;
    char* const p = heap.allocate(kSize, 0, by(thread));
    p[kSize] ^= 1;
    EXPECT_EQ(check(heap), is_parents(thread) ? 0U : 1U) << thread;
    EXPECT_EQ(heap.check(), 1U) << thread;
  }
}

// In quarantine, and ready.
TEST(InheritedBlocks, OfFreedOnesThePoisonCountsIfTheChildHadThem) {
  for (const std::size_t quarantine : {std::size_t{16} * 1024, std::size_t{0}}) {
    for (const std::uint16_t allocated : kThreads) {
      for (const std::uint16_t freed : kThreads) {
        TestHeap heap(TestHeapOptions{}.with_quarantine(quarantine).lazy());
        char* const p = heap.allocate(kSize, 0, by(allocated));
        heap.free(p, by(freed));
        p[50] ^= 1;
        const bool passed_over = is_parents(allocated) && freed < kFirst;
        EXPECT_EQ(check(heap), passed_over ? 0U : 1U) << quarantine << ' ' << allocated << ' ' << freed;
        EXPECT_EQ(heap.check(), 1U);
      }
    }
  }
}

// Four that are one free block then, between two live ones.
class MergedTest : public testing::Test {
 protected:
  static constexpr std::size_t kBlocks = 4;

  // In a heap of their own; by the parent, but for one.
  void merge(std::size_t other, std::uint16_t allocated, std::uint16_t freed) {
    heap_.emplace(TestHeapOptions{}.with_quarantine(0).lazy());
    static_cast<void>(heap_->allocate(1));
    for (std::size_t i = 0; i < kBlocks; ++i)
      blocks_[i] = heap_->allocate(kSize, 0, by(i == other ? allocated : 1));
    static_cast<void>(heap_->allocate(1));
    for (std::size_t i = 0; i < kBlocks; ++i) heap_->free(blocks_[i], by(i == other ? freed : 1));
    heap_->drain();
    ASSERT_EQ(heap_->heap.find_block(at(blocks_[3])).user, at(blocks_[0]));
  }

  std::optional<TestHeap> heap_;
  char* blocks_[kBlocks] = {};
};

TEST_F(MergedTest, AreNotLookedAtIfAllWereTheParents) {
  merge(0, 1, 1);
  blocks_[2][50] ^= 1;
  EXPECT_EQ(check(*heap_), 0U);
  EXPECT_EQ(heap_->check(), 1U);
}

class MergedWithOneOfTheChild : public MergedTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(MergedWithOneOfTheChild, AreAllLookedAt) {
  for (const std::uint16_t allocated : {std::uint16_t{1}, kFirst}) {
    merge(GetParam(), allocated, kFirst);
    blocks_[1][50] ^= 1;
    EXPECT_EQ(check(*heap_), 1U) << allocated;
    EXPECT_EQ(heap_->faults.back().kind, FaultKind::kUseAfterFreeWrite);
    EXPECT_EQ(heap_->faults.back().damage.address, at(blocks_[1]) + 50);
  }
}
INSTANTIATE_TEST_SUITE_P(Whichever, MergedWithOneOfTheChild, testing::Range(std::size_t{0}, std::size_t{4}));

TEST_F(MergedTest, AHeaderInThemIsLookedAtWhoeverHadIt) {
  merge(0, 1, 1);
  for (std::size_t i = 1; i < kBlocks; ++i) {
    header_of(blocks_[i])->words[1] ^= 1;
    EXPECT_EQ(check(*heap_), 1U) << i;
    header_of(blocks_[i])->words[1] ^= 1;
  }
  EXPECT_EQ(check(*heap_), 0U);
}

TEST_F(MergedTest, ALinkIsLookedAtWhoeverHadThem) {
  merge(0, 1, 1);
  raw(blocks_[0])[3] ^= 1;
  EXPECT_NE(check(*heap_), 0U);
}

}  // namespace
}  // namespace padlock::core
