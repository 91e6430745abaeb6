// What a resized block takes with it and leaves behind: who allocated and freed the parts, damage in memory
// that it swallows, and the bytes beyond its former size.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/block/pattern.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kHeader = kHeaderSize;

ResizeOutcome resize_by(TestHeap& heap, void* p, std::size_t size, Caller by) {
  AllocRequest request;
  request.size = size;
  request.by = by;
  return heap.heap.resize(p, request, heap.faults);
}

BlockSnapshot block_at(const TestHeap& heap, const char* user) {
  const BlockSnapshot block = heap.heap.find_block(at(user));
  EXPECT_EQ(block.user, at(user));
  return block;
}

void expect_allocated_by(const BlockSnapshot& block, const Caller& by) {
  EXPECT_EQ(block.alloc_trace, by.trace);
  EXPECT_EQ(block.alloc_thread, by.thread);
  EXPECT_EQ(block.number, by.number);
}

void expect_freed_by(const BlockSnapshot& block, const Caller& by) {
  EXPECT_EQ(block.free_trace, by.trace);
  EXPECT_EQ(block.free_thread, by.thread);
}

TEST(ResizedBlocks, ATailRemembersTheCallThatAllocatedItAndTheOneThatFreedIt) {
  for (const std::size_t alignment : {std::size_t{0}, std::size_t{256}}) {
    TestHeap heap;
    char* const p = heap.allocate(1000, alignment, {21, 3, 7});
    ASSERT_EQ(resize_by(heap, p, 100, {22, 4, 8}), ResizeOutcome::kResized);
    const BlockSnapshot kept = block_at(heap, p);
    const char* const behind = p - kHeader + kept.block_size;
    const BlockSnapshot tail = block_at(heap, behind + kHeader);
    EXPECT_EQ(tail.state, BlockState::kQuarantined);
    expect_allocated_by(tail, {21, 3, 7});
    expect_freed_by(tail, {22, 4, 8});
    EXPECT_EQ(tail.requested, tail.block_size - kHeader);
    EXPECT_EQ(tail.alignment, 0U);  // it lies where it lies
    expect_allocated_by(kept, {22, 4, 8});
    EXPECT_EQ(kept.alignment, alignment);
    EXPECT_EQ(heap.check(), 0U);
  }
}

TEST(ResizedBlocks, AWriteToATailIsReportedWithItsTwoCalls) {
  TestHeap heap;
  char* const p = heap.allocate(1000, 0, {21, 3, 7});
  ASSERT_EQ(resize_by(heap, p, 100, {22, 4, 8}), ResizeOutcome::kResized);
  p[900] ^= 0x55;
  EXPECT_EQ(heap.check(), 1U);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.damage.address, at(p + 900));
  EXPECT_EQ(fault.block.alloc_trace, 21U);
  EXPECT_EQ(fault.block.free_trace, 22U);
}

TEST(ResizedBlocks, AMovedBlockLeavesItsFormerCallsBehind) {
  TestHeap heap;
  char* const p = heap.allocate(100, 0, {21, 3, 7});
  static_cast<void>(heap.allocate(0, 0, {23, 3, 8}));
  char* const q = heap.reallocate(p, 3000, {22, 4, 9});
  ASSERT_NE(q, p);
  const BlockSnapshot former = block_at(heap, p);
  const BlockSnapshot moved = block_at(heap, q);
  EXPECT_EQ(former.state, BlockState::kQuarantined);
  expect_allocated_by(former, {21, 3, 7});
  EXPECT_EQ(former.requested, 100U);
  expect_freed_by(former, {22, 4, 9});
  expect_allocated_by(moved, {22, 4, 9});
}

// A block, a free one of `behind` bytes behind it, and a live one at the end.
class Neighbours {
 public:
  explicit Neighbours(std::size_t behind, std::size_t alignment = 0)
      : heap(TestHeapOptions{}.with_quarantine(0)), block(heap.allocate(100, alignment, {21, 3, 0})) {
    swallowed = heap.allocate(behind, 0, {31, 5, 0});
    static_cast<void>(heap.allocate(0));
    heap.free(swallowed, {32, 6, 0});
    heap.drain();
  }

  TestHeap heap;
  char* block;
  char* swallowed;
};

// Whatever the growing block is about to write over: the part that it takes, and the header and links of the
// rest.
TEST(ResizedBlocks, DamageInWhatAGrowingBlockWouldSwallowIsReportedFirst) {
  constexpr std::size_t kBehind = 1000;
  for (const std::size_t alignment : {std::size_t{0}, std::size_t{64}}) {
    for (std::size_t offset = 0; offset < 400; ++offset) {
      Neighbours of(kBehind, alignment);
      of.swallowed[offset] ^= 0x55;
      // Takes 304 bytes of the block behind; 48 more become the rest's header and links.
      const BlockSnapshot before = block_at(of.heap, of.block);
      const std::size_t size = before.block_size - kHeader + 304 - kMinPadding;
      const bool in_reach = offset + kHeader < 304 + 48;
      ASSERT_EQ(resize_by(of.heap, of.block, size, {22, 4, 0}),
                in_reach ? ResizeOutcome::kMustMove : ResizeOutcome::kResized)
          << offset;
      if (!in_reach) of.heap.check();  // it is found then
      const Fault fault = of.heap.faults.take_only();
      ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite) << offset;
      ASSERT_EQ(fault.moment, in_reach ? Moment::kReuse : Moment::kCheck) << offset;
      ASSERT_EQ(fault.damage.address, at(of.swallowed) + offset);
      ASSERT_EQ(fault.damage.length, 1U);
      if (!in_reach) continue;
      ASSERT_EQ(fault.block.user, at(of.swallowed)) << offset;
      ASSERT_EQ(fault.block.alloc_trace, 31U);
      ASSERT_EQ(fault.block.free_trace, 32U);
      ASSERT_EQ(block_at(of.heap, of.block).requested, 100U);
      ASSERT_EQ(of.heap.check(), 0U) << offset;  // reported once
    }
  }
}

TEST(ResizedBlocks, DamageInItsOwnPaddingIsReportedBeforeItBecomesLive) {
  for (std::size_t offset = 100; offset < 112; ++offset) {
    for (const std::size_t size : {std::size_t{90}, std::size_t{104}, std::size_t{400}}) {
      Neighbours of(1000);
      of.block[offset] ^= 0x55;
      ASSERT_EQ(resize_by(of.heap, of.block, size, {22, 4, 0}), ResizeOutcome::kResized);
      const Fault fault = of.heap.faults.take_only();
      ASSERT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
      ASSERT_EQ(fault.moment, Moment::kRealloc);
      ASSERT_EQ(fault.damage.address, at(of.block) + offset);
      ASSERT_EQ(fault.block.requested, 100U);
      ASSERT_EQ(fault.block.alloc_trace, 21U);
      ASSERT_EQ(of.heap.check(), 0U);
    }
  }
}

// One granule is less than the header that was there.
TEST(ResizedBlocks, WhatABlockGrowsByIsPoisonWhateverItHeld) {
  const Poison poison = Keys::derive(test::kTestKey).poison;
  for (std::size_t size = 101; size <= 1100; ++size) {
    Neighbours of(1000);
    ASSERT_EQ(resize_by(of.heap, of.block, size, {22, 4, 0}), ResizeOutcome::kResized);
    for (std::size_t offset = 112; offset + 8 <= size; offset += 8) {
      const auto* const word = reinterpret_cast<const std::byte*>(of.block + offset);
      ASSERT_EQ(load_word(word), poison.word(at(word))) << size << " at " << offset;
    }
    ASSERT_EQ(of.heap.check(), 0U) << size;
    ASSERT_TRUE(of.heap.faults.empty());
  }
}

// The block's own bytes are copied and none behind them: what was padding has a meaning in its place only,
// and what ran over it has been reported.
TEST(ResizedBlocks, NothingBeyondTheFormerSizeMovesAlong) {
  for (std::size_t from = 1; from <= 64; ++from) {
    for (const bool overrun : {false, true}) {
      TestHeap heap;
      char* const p = heap.allocate(from);
      static_cast<void>(heap.allocate(0));
      std::fill_n(p, from, 'a');
      if (overrun)
        std::for_each(p + from, p + from + kMinPadding, [](char& byte) { byte = byte == 'b' ? 'c' : 'b'; });
      const std::vector<char> padding(p + from, p + from + kMinPadding);
      char* const q = heap.reallocate(p, 3000);
      ASSERT_NE(q, nullptr);
      ASSERT_TRUE(std::all_of(q, q + from, [](char byte) { return byte == 'a'; }));
      ASSERT_FALSE(std::equal(padding.begin(), padding.end(), q + from)) << from;
      ASSERT_EQ(heap.faults.size(), overrun ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace padlock::core
