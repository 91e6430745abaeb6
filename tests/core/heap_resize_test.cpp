// Resizing, in place and by moving.
#include <gtest/gtest.h>

#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

void fill(char* p, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) p[i] = static_cast<char>(i * 7 + 1);
}

bool holds(const char* p, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    if (p[i] != static_cast<char>(i * 7 + 1)) return false;
  }
  return true;
}

void expect_untouched(TestHeap& heap) {
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_TRUE(heap.faults.empty());
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

ResizeOutcome resize(TestHeap& heap, void* p, std::size_t size) {
  AllocRequest request;
  request.size = size;
  return heap.heap.resize(p, request, heap.faults);
}

TEST(HeapResize, EveryPairOfSizesKeepsTheContents) {
  TestHeap heap;
  for (std::size_t from = 0; from <= 120; from += 3) {
    for (std::size_t to = 0; to <= 120; ++to) {
      char* p = heap.allocate(from);
      static_cast<void>(heap.allocate(0));  // something behind it
      fill(p, from);
      char* q = heap.reallocate(p, to);
      if (q == nullptr) {
        heap.heap.flush_quarantine(heap.faults);
        heap.free(p);
        continue;
      }
      ASSERT_TRUE(holds(q, std::min(from, to)));
      ASSERT_EQ(heap.heap.usable_size(q, heap.faults), to);
      heap.free(q);
    }
    test::Blocks blocks(heap.heap);
    for (const BlockSnapshot& block : blocks.all) {
      if (block.state == BlockState::kLive) heap.free(reinterpret_cast<void*>(block.user));
    }
    heap.drain();
    expect_untouched(heap);
  }
}

TEST(HeapResize, GrowsIntoUnallocatedMemory) {
  TestHeap heap;
  char* p = heap.allocate(100);
  fill(p, 100);
  EXPECT_EQ(resize(heap, p, 5000), ResizeOutcome::kResized);
  EXPECT_TRUE(holds(p, 100));
  EXPECT_EQ(heap.heap.stats().live_bytes, 5000U);
  expect_untouched(heap);
}

TEST(HeapResize, GrowsIntoTheFreeBlockBehind) {
  for (std::size_t to = 101; to < 1200; to += 13) {
    TestHeap heap(TestHeapOptions{}.with_quarantine(0));
    char* p = heap.allocate(100);
    char* behind = heap.allocate(1000);
    static_cast<void>(heap.allocate(0));
    fill(p, 100);
    heap.free(behind);
    heap.drain();
    // 144 and 1040 bytes of blocks hold 1144 with a header and 8 bytes of padding.
    const bool fits = to <= 1144;
    ASSERT_EQ(resize(heap, p, to), fits ? ResizeOutcome::kResized : ResizeOutcome::kMustMove) << to;
    ASSERT_TRUE(holds(p, 100));
    ASSERT_EQ(heap.heap.usable_size(p, heap.faults), fits ? to : 100);
    expect_untouched(heap);
  }
}

TEST(HeapResize, MustMoveWhenSomethingLiveOrQuarantinedIsBehind) {
  TestHeap heap;
  char* p = heap.allocate(100);
  char* behind = heap.allocate(1000);
  EXPECT_EQ(resize(heap, p, 300), ResizeOutcome::kMustMove);
  heap.free(behind);
  EXPECT_EQ(resize(heap, p, 300), ResizeOutcome::kMustMove);
  expect_untouched(heap);
}

TEST(HeapResize, AShrunkBlockGivesItsTailBack) {
  TestHeap heap;
  char* p = heap.allocate(1000);  // 1040
  fill(p, 1000);
  EXPECT_EQ(resize(heap, p, 100), ResizeOutcome::kResized);  // 144
  EXPECT_TRUE(holds(p, 100));
  const HeapStats stats = heap.heap.stats();
  EXPECT_EQ(stats.live_bytes, 100U);
  EXPECT_EQ(stats.live_block_bytes, 144U);
  EXPECT_EQ(stats.quarantined_bytes, 896U);
  expect_untouched(heap);
}

TEST(HeapResize, ATailOfTheSmallestBlockIsGivenBackToo) {
  constexpr std::size_t kSmallest = kMinBlockGranules * kGranule;
  TestHeap heap;
  char* p = heap.allocate(100);
  EXPECT_EQ(resize(heap, p, 100 - kSmallest + kGranule), ResizeOutcome::kResized);
  EXPECT_EQ(heap.heap.stats().quarantined_bytes, 0U);
  EXPECT_EQ(resize(heap, p, 100 - kSmallest), ResizeOutcome::kResized);
  EXPECT_EQ(heap.heap.stats().quarantined_bytes, kSmallest);
  expect_untouched(heap);
}

TEST(HeapResize, GrowsToTheEndOfTheRegionAndNoFurther) {
  TestHeap heap;
  char* p = heap.allocate(100);
  const std::size_t all = 100 + heap.heap.stats().unallocated_bytes;
  EXPECT_EQ(resize(heap, p, all + kGranule), ResizeOutcome::kMustMove);
  EXPECT_EQ(resize(heap, p, all), ResizeOutcome::kResized);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, 0U);
  expect_untouched(heap);
}

TEST(HeapResize, TheCallerAndTheNumberBecomeThoseOfTheCall) {
  TestHeap heap;
  char* p = heap.allocate(100, 0, {1, 1, 0});
  ASSERT_EQ(heap.reallocate(p, 90, {2, 3, 0}), p);
  const BlockSnapshot block = heap.heap.find_block(at(p));
  EXPECT_EQ(block.alloc_trace, 2U);
  EXPECT_EQ(block.alloc_thread, 3U);
  EXPECT_EQ(block.number, 2U);
}

TEST(HeapResize, MovingFreesTheOldBlockAndKeepsItsOrigin) {
  TestHeap heap;
  AllocRequest aligned;
  aligned.size = 100;
  aligned.alignment = 64;
  aligned.origin = Origin::kAligned;
  char* p = static_cast<char*>(heap.heap.allocate(aligned, heap.faults));
  static_cast<void>(heap.allocate(0));
  fill(p, 100);
  char* q = heap.reallocate(p, 3000, {5, 6, 0});
  ASSERT_NE(q, nullptr);
  ASSERT_NE(q, p);
  EXPECT_TRUE(holds(q, 100));
  EXPECT_EQ(heap.heap.find_block(at(q)).origin, Origin::kAligned);
  const BlockSnapshot old = heap.heap.find_block(at(p));
  EXPECT_EQ(old.state, BlockState::kQuarantined);
  EXPECT_EQ(old.free_trace, 5U);
  EXPECT_EQ(old.free_thread, 6U);
  expect_untouched(heap);
}

TEST(HeapResize, WithoutMemoryTheOldBlockStays) {
  TestHeap heap;
  char* p = heap.allocate(100);
  static_cast<void>(heap.allocate(0));
  fill(p, 100);
  for (const std::size_t size : {std::size_t{70000}, kMaxRequest, kMaxRequest + 1, SIZE_MAX}) {
    EXPECT_EQ(heap.reallocate(p, size), nullptr);
    EXPECT_TRUE(holds(p, 100));
    EXPECT_EQ(heap.heap.usable_size(p, heap.faults), 100U);
  }
  expect_untouched(heap);
}

}  // namespace
}  // namespace padlock::core
