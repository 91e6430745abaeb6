// The heap used correctly: every call does what it says and no fault is ever reported.
#include "core/heap/heap.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <vector>

#include "core/dice.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::Blocks;
using test::FaultLog;
using test::GuardedSpan;
using test::TestHeap;
using test::TestHeapOptions;

class HeapTest : public ::testing::Test {
 protected:
  void expect_sound(TestHeap& heap) {
    EXPECT_EQ(heap.check(), 0U);
    EXPECT_TRUE(heap.faults.empty());
    EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
    EXPECT_TRUE(heap.guards_intact());
  }
};

TEST_F(HeapTest, EverySizeGivesThatManyUsableBytes) {
  TestHeap heap;
  for (std::size_t size = 0; size <= 600; ++size) {
    char* p = heap.allocate(size);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(at(p) % kGranule, 0U);
    EXPECT_EQ(heap.heap.usable_size(p, heap.faults), size);
    std::memset(p, 0x5C, size);
    heap.free(p);
  }
  expect_sound(heap);
}

TEST_F(HeapTest, BlocksOfSizeZeroAreDistinct) {
  TestHeap heap;
  char* a = heap.allocate(0);
  char* b = heap.allocate(0);
  EXPECT_NE(a, nullptr);
  EXPECT_NE(a, b);
  EXPECT_EQ(heap.heap.usable_size(a, heap.faults), 0U);
  expect_sound(heap);
}

TEST_F(HeapTest, ABlockOf24BytesCosts64) {
  TestHeap heap;
  static_cast<void>(heap.allocate(24));
  EXPECT_EQ(heap.heap.stats().live_block_bytes, 64U);
}

TEST_F(HeapTest, EveryAlignmentUpToAMebibyte) {
  TestHeapOptions options;
  options.region_bytes = 8 << 20;
  options.region_alignment = 1 << 20;
  for (std::size_t alignment = 1; alignment <= (1 << 20); alignment *= 2) {
    TestHeap heap(options);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, alignment}) {
      static_cast<void>(heap.allocate(40));  // so that the next one is not aligned by chance
      char* p = heap.allocate(size, alignment);
      ASSERT_NE(p, nullptr) << alignment;
      EXPECT_EQ(at(p) % alignment, 0U);
      EXPECT_EQ(heap.heap.usable_size(p, heap.faults), size);
      std::memset(p, 1, size);
      EXPECT_EQ(heap.heap.find_block(at(p)).alignment, alignment == 1 ? 0 : alignment);
    }
    expect_sound(heap);
  }
}

TEST_F(HeapTest, AlignedBlocksAreCutOutOfFreeOnes) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0));
  char* big = heap.allocate(8000);
  static_cast<void>(heap.allocate(16));
  heap.free(big);
  heap.heap.coalesce(SIZE_MAX, heap.faults);
  char* p = heap.allocate(100, 512);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(at(p) % 512, 0U);
  EXPECT_GT(p, big);
  EXPECT_LT(p, big + 8000);
  expect_sound(heap);
}

// Right before an address that is a multiple of all of them, where nothing has to be left out.
TEST_F(HeapTest, EveryAlignmentUpToTheGreatestIsServed) {
  constexpr std::size_t kPage = 4096;
  void* const reserved =
      mmap(nullptr, 2 * kMaxAlignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(reserved, MAP_FAILED);
  const std::uintptr_t aligned = align_up(at(reserved) + kPage, std::uintptr_t{kMaxAlignment});
  auto* const memory = reinterpret_cast<std::byte*>(aligned - kPage);
  ASSERT_EQ(mprotect(memory, 2 * kPage, PROT_READ | PROT_WRITE), 0);
  for (std::size_t alignment = 1; alignment <= 2 * kMaxAlignment; alignment *= 2) {
    std::memset(memory, 0, 2 * kPage);
    std::vector<BlockSlot> slots(16);
    std::vector<std::byte> metadata(Region::metadata_bytes(2 * kPage) + kGranule);
    void* place = metadata.data();
    std::size_t room = metadata.size();
    std::align(kGranule, metadata.size() - kGranule, place, room);
    Heap heap(test::test_config(), slots);
    ASSERT_TRUE(heap.add_region({memory, 2 * kPage}, {static_cast<std::byte*>(place), room}));
    FaultLog faults;
    const void* const block = heap.allocate({40, alignment, Origin::kMalloc, {}}, faults);
    ASSERT_EQ(block != nullptr, alignment <= kMaxAlignment) << alignment;
    EXPECT_EQ(at(block) % alignment, 0U);
    EXPECT_TRUE(faults.empty());
  }
  munmap(reserved, 2 * kMaxAlignment);
}

TEST_F(HeapTest, OutOfMemoryIsANullAndNothingChanges) {
  TestHeap heap;
  const HeapStats before = heap.heap.stats();
  EXPECT_EQ(heap.allocate(64 * 1024), nullptr);
  EXPECT_EQ(heap.allocate(kMaxRequest), nullptr);
  EXPECT_EQ(heap.allocate(kMaxRequest + 1), nullptr);
  EXPECT_EQ(heap.allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap.allocate(1, kMaxAlignment * 2), nullptr);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, before.unallocated_bytes);
  expect_sound(heap);
}

TEST_F(HeapTest, ARegionCanBeFilledToTheLastByte) {
  TestHeap heap;
  const std::size_t all = heap.region_bytes() - kHeaderSize - kMinPadding;
  EXPECT_EQ(heap.allocate(all + 1), nullptr);
  char* p = heap.allocate(all);
  ASSERT_NE(p, nullptr);
  std::memset(p, 2, all);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, 0U);
  EXPECT_EQ(heap.allocate(0), nullptr);
  heap.free(p);
  expect_sound(heap);
}

TEST_F(HeapTest, MemoryComesBackAfterQuarantineAndMerging) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  std::vector<char*> blocks;
  while (char* p = heap.allocate(100)) blocks.push_back(p);
  for (char* p : blocks) heap.free(p);
  EXPECT_EQ(heap.heap.stats().free_bytes, 0U) << "nothing is merged on the way of a free";
  char* big = heap.allocate(60000);  // fits only when everything pending has been merged
  EXPECT_NE(big, nullptr);
  expect_sound(heap);
}

TEST_F(HeapTest, WithABatchOfZeroMemoryStillComesBack) {
  TestHeapOptions options = TestHeapOptions{}.with_quarantine(0);
  options.config.coalesce_batch = 0;
  TestHeap heap(options);
  std::vector<char*> blocks;
  while (char* p = heap.allocate(100)) blocks.push_back(p);
  for (char* p : blocks) heap.free(p);
  EXPECT_NE(heap.allocate(60000), nullptr);
  expect_sound(heap);
}

TEST_F(HeapTest, AReadyBlockOfTheExactSizeIsTakenBeforeAnythingIsCut) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  char* p = heap.allocate(100);
  static_cast<void>(heap.allocate(100));
  heap.free(p);
  EXPECT_EQ(heap.allocate(104), p);
  expect_sound(heap);
}

TEST_F(HeapTest, QuarantineIsBoundedInBytesAndBlocks) {
  TestHeapOptions options;
  options.slots = 10;
  options.config.quarantine_bytes = 2000;
  TestHeap heap(options);
  for (int i = 0; i < 200; ++i) {
    heap.free(heap.allocate(static_cast<std::size_t>(i)));
    ASSERT_LE(heap.heap.stats().quarantined_bytes, 2000U);
    ASSERT_LE(heap.heap.stats().quarantined_blocks, 10U);
  }
  EXPECT_GE(heap.heap.stats().quarantined_blocks, 6U);
  expect_sound(heap);
}

TEST_F(HeapTest, AQuarantinedBlockIsNotHandedOut) {
  TestHeap heap;
  char* p = heap.allocate(100);
  heap.free(p);
  for (int i = 0; i < 50; ++i) EXPECT_NE(heap.allocate(100), p);
  expect_sound(heap);
}

TEST_F(HeapTest, FreedMemoryIsPoisoned) {
  TestHeap heap;
  char* p = heap.allocate(100);
  std::memset(p, 7, 100);
  heap.free(p);
  for (std::size_t i = 0; i < 108; ++i) {
    ASSERT_EQ(test::raw(p)[i], heap.heap.keys().poison.byte(reinterpret_cast<std::uintptr_t>(p) + i));
  }
}

TEST_F(HeapTest, RegionsCanBeAddedAndAreUsed) {
  TestHeap heap;
  char* first = heap.allocate(60000);
  EXPECT_EQ(heap.allocate(60000), nullptr);
  ASSERT_TRUE(heap.add_region(128 * 1024));
  char* second = heap.allocate(60000);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(heap.heap.stats().regions, 2U);
  EXPECT_TRUE(heap.heap.contains(at(first)));
  EXPECT_TRUE(heap.heap.contains(at(second)));
  EXPECT_FALSE(heap.heap.contains(at(&heap)));
  EXPECT_EQ(heap.heap.find_block(at(first) + 59999).user, at(first));
  EXPECT_EQ(heap.heap.find_block(at(second)).user, at(second));
  heap.free(first);
  heap.free(second);
  expect_sound(heap);
}

TEST_F(HeapTest, AnUnfitRegionIsRefusedAndLeavesTheHeapAsItWas) {
  TestHeap heap;
  GuardedSpan blocks(4096);
  GuardedSpan metadata(Region::metadata_bytes(4096));
  EXPECT_FALSE(heap.heap.add_region(blocks.span().subspan(1), metadata.span()));
  EXPECT_FALSE(heap.heap.add_region(blocks.span(), metadata.span().first(64)));
  EXPECT_FALSE(heap.heap.add_region({}, metadata.span()));
  EXPECT_EQ(heap.heap.stats().regions, 1U);
  EXPECT_TRUE(heap.heap.add_region(blocks.span(), metadata.span()));
  EXPECT_EQ(heap.heap.stats().regions, 2U);
}

TEST_F(HeapTest, FindBlockHoldsForEveryByteFromHeaderToPadding) {
  TestHeap heap;
  for (const std::size_t size : {0U, 1U, 24U, 100U}) {
    char* p = heap.allocate(size);
    const BlockSnapshot block = heap.heap.find_block(at(p));
    EXPECT_EQ(block.requested, size);
    for (std::uintptr_t a = block.header; a < block.header + block.block_size; ++a) {
      ASSERT_EQ(heap.heap.find_block(a).user, at(p));
    }
    EXPECT_FALSE(heap.heap.find_block(block.header + block.block_size).present());
  }
  EXPECT_FALSE(heap.heap.find_block(0).present());
  EXPECT_FALSE(heap.heap.find_block(at(heap.region().data()) - 1).present());
}

TEST_F(HeapTest, WalkShowsEveryBlockInAddressOrder) {
  TestHeap heap;
  std::vector<char*> blocks;
  for (std::size_t size = 0; size < 20; ++size) blocks.push_back(heap.allocate(size * 10));
  heap.free(blocks[3]);
  const Blocks walked(heap.heap);
  ASSERT_EQ(walked.all.size(), 20U);
  std::uintptr_t expected = at(heap.region().data());
  for (std::size_t i = 0; i < 20; ++i) {
    const BlockSnapshot& block = walked.all[i];
    EXPECT_EQ(block.header, expected);
    EXPECT_EQ(block.user, at(blocks[i]));
    EXPECT_EQ(block.requested, i * 10);
    EXPECT_EQ(block.number, i + 1);
    EXPECT_EQ(block.state, i == 3 ? BlockState::kQuarantined : BlockState::kLive);
    expected += block.block_size;
  }
}

TEST_F(HeapTest, StatsCountToTheByte) {
  TestHeap heap;
  char* a = heap.allocate(100);          // 144 bytes with header and padding
  static_cast<void>(heap.allocate(24));  // 64
  HeapStats stats = heap.heap.stats();
  EXPECT_EQ(stats.live_blocks, 2U);
  EXPECT_EQ(stats.live_bytes, 124U);
  EXPECT_EQ(stats.live_block_bytes, 208U);
  heap.free(a);
  stats = heap.heap.stats();
  EXPECT_EQ(stats.live_blocks, 1U);
  EXPECT_EQ(stats.live_bytes, 24U);
  EXPECT_EQ(stats.quarantined_blocks, 1U);
  EXPECT_EQ(stats.quarantined_bytes, 144U);
  heap.heap.flush_quarantine(heap.faults);
  EXPECT_EQ(heap.heap.stats().ready_bytes, 144U);
  EXPECT_EQ(heap.heap.coalesce(SIZE_MAX, heap.faults), 1U);
  EXPECT_EQ(heap.heap.stats().free_bytes, 144U);
  expect_sound(heap);
}

TEST_F(HeapTest, WhatTheCallerSaysOfHimselfIsKept) {
  TestHeap heap;
  char* p = heap.allocate(10, 0, {0x123456, 7, 0x1234567890}, Origin::kMalloc);
  BlockSnapshot block = heap.heap.find_block(at(p));
  EXPECT_EQ(block.alloc_trace, 0x123456U);
  EXPECT_EQ(block.alloc_thread, 7U);
  EXPECT_EQ(block.number, 0x1234567890U);
  EXPECT_EQ(block.free_trace, 0U);
  heap.free(p, {0x99, 8, 0});
  block = heap.heap.find_block(at(p));
  EXPECT_EQ(block.alloc_trace, 0x123456U);
  EXPECT_EQ(block.free_trace, 0x99U);
  EXPECT_EQ(block.free_thread, 8U);
  EXPECT_EQ(heap.heap.find_block(at(heap.allocate(1))).number, 0x1234567891U);
}

TEST_F(HeapTest, EqualSeedsAndCallsGiveEqualAddresses) {
  const auto run = [](TestHeap& heap) {
    std::vector<std::size_t> offsets;
    std::vector<char*> blocks;
    test::Dice random(99);
    for (int i = 0; i < 400; ++i) {
      if (random.below(2) == 0 || blocks.empty()) {
        char* p = heap.allocate(random.below(500));
        if (p == nullptr) continue;
        blocks.push_back(p);
        offsets.push_back(at(p) - at(heap.region().data()));
      } else {
        const std::size_t i_gone = random.below(static_cast<std::uint32_t>(blocks.size()));
        heap.free(blocks[i_gone]);
        blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i_gone));
      }
    }
    return offsets;
  };
  TestHeapOptions options = TestHeapOptions{}.with_quarantine(3000);
  TestHeap a(options);
  TestHeap b(options);
  options.config.key = 12345;  // secrets do not move blocks
  TestHeap c(options);
  options.config.seed = 2;
  TestHeap d(options);
  const auto offsets = run(a);
  EXPECT_EQ(run(b), offsets);
  EXPECT_EQ(run(c), offsets);
  EXPECT_NE(run(d), offsets);
}

TEST_F(HeapTest, MergesWhenMoreThanTheBoundIsReady) {
  TestHeapOptions options = TestHeapOptions().with_quarantine(0);
  options.config.coalesce_ready_bytes = 288;  // two blocks of 144
  TestHeap heap(options);
  char* blocks[6];
  for (char*& block : blocks) block = heap.allocate(100);
  heap.free(blocks[0]);
  heap.free(blocks[2]);
  EXPECT_EQ(heap.heap.stats().ready_bytes, 288U);
  EXPECT_EQ(heap.heap.stats().free_bytes, 0U);
  heap.free(blocks[4]);
  EXPECT_EQ(heap.heap.stats().ready_bytes, 0U);
  EXPECT_EQ(heap.heap.stats().free_bytes, 432U);
}

TEST(Heap, HeldTopsLeaveUntouchedMemoryAlone) {
  TestHeap heap;
  char* const block = heap.allocate(1000);
  const std::size_t untouched = heap.heap.stats().unallocated_bytes;
  heap.heap.hold_tops(true);
  EXPECT_EQ(heap.allocate(100), nullptr);
  BlockSlot lent[2];
  EXPECT_EQ(heap.heap.lend(kMinBlockGranules, lent, 1, heap.faults), 0U);
  EXPECT_FALSE(heap.heap.lend_aligned(kMinBlockGranules, 64, lent[0], 1, heap.faults));
  heap.free(block);
  heap.drain();
  EXPECT_EQ(heap.heap.idle_bytes(), heap.region_bytes() - untouched);
  EXPECT_EQ(heap.heap.lend(kMinBlockGranules, lent, 1, heap.faults), 2U) << "what was used before may be";
  EXPECT_NE(heap.allocate(100), nullptr);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, untouched);
  heap.heap.hold_tops(false);
  EXPECT_NE(heap.allocate(5000), nullptr);
  EXPECT_LT(heap.heap.stats().unallocated_bytes, untouched);
  EXPECT_TRUE(heap.faults.empty());
}

}  // namespace
}  // namespace padlock::core
