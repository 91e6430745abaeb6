// What the fuzzers found: each test is the essence of an input under corpus/regressions.
#include <gtest/gtest.h>

#include <cstring>

#include "test_heap.h"

namespace padlock::core {
namespace {

using test::Blocks;
using test::TestHeap;
using test::TestHeapOptions;

TEST(HeapFuzzFinds, ABrokenHeaderBehindAnIntactPaddingIsReported) {
  TestHeap heap;
  static_cast<void>(heap.allocate(24));
  char* p = heap.allocate(24);
  p[-20] ^= 1;
  EXPECT_EQ(heap.check(), 1U);
  EXPECT_EQ(heap.faults.take_only().kind, FaultKind::kMetadataCorruption);
}

TEST(HeapFuzzFinds, AnOverflowIntoABlockThatLeavesTheQuarantineEndsWhereItEnded) {
  TestHeap heap;
  char* p = heap.allocate(2);
  char* q = heap.allocate(175);
  heap.free(q);
  std::memset(p + 2, 0xFF, static_cast<std::size_t>(q - p) - 2);
  heap.heap.flush_quarantine(heap.faults);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.moment, Moment::kEviction);
  EXPECT_EQ(fault.block.user, test::at(p));
  EXPECT_EQ(fault.neighbour.user, test::at(q));
  EXPECT_EQ(fault.damage.offset, 2);
  EXPECT_EQ(fault.damage.length, 46U);
  EXPECT_TRUE(fault.damage.at_least);
}

TEST(HeapFuzzFinds, AnUnderflowIsMeasuredInABlockOlderThanTheLatest2ToThe32Allocations) {
  TestHeap heap;
  Caller early;
  early.number = 0xFFFFFFFFU;
  char* p = heap.allocate(24, 0, early);
  static_cast<void>(heap.allocate(24));
  p[-1] ^= 1;
  p[-2] ^= 1;
  heap.free(p);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferUnderflow);
  EXPECT_EQ(fault.damage.offset, -2);
  EXPECT_EQ(fault.damage.length, 2U);
  EXPECT_FALSE(fault.damage.at_least);
}

TEST(HeapFuzzFinds, AnUnderflowThatMetACanaryOfItsOwnValueIsMeasuredToItsStart) {
  TestHeap heap;
  char* p = heap.allocate(1);
  char* q = heap.allocate(1);
  // From the last but one byte of p's padding up to q; the last one of it had that value already.
  std::memset(p + 14, static_cast<unsigned char>(p[15]), static_cast<std::size_t>(q - p) - 14);
  EXPECT_EQ(heap.check(), 1U);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferUnderflow);
  EXPECT_EQ(fault.block.user, test::at(q));
  EXPECT_EQ(fault.damage.offset, -34);
  EXPECT_EQ(fault.damage.length, 34U);
}

TEST(HeapFuzzFinds, ALinkThatLeadsToAnotherIdleBlockIsTheOneThatIsDamaged) {
  TestHeap heap(TestHeapOptions{}.lazy());
  char* blocks[12];
  for (char*& block : blocks) block = heap.allocate(6);
  for (char* block : blocks) heap.free(block);
  heap.heap.flush_quarantine(heap.faults);
  for (char* block : blocks) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{8}}) {
      const char kept = block[offset];
      for (int value = 1; value < 256; ++value) {
        block[offset] = static_cast<char>(kept ^ value);
        ASSERT_EQ(heap.check(), 1U) << offset << ' ' << value;
        const Fault fault = heap.faults.take_only();
        ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
        ASSERT_EQ(fault.block.user, test::at(block));
        ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(offset));
        ASSERT_EQ(fault.damage.length, 1U);
      }
      block[offset] = kept;
    }
  }
  EXPECT_EQ(heap.check(), 0U);
}

TEST(HeapFuzzFinds, TheQuarantineKeepsItsOrderWhenADamagedBlockIsTakenOut) {
  BlockSlot slots[16];
  Quarantine quarantine(slots, 1 << 20, 1);
  BlockHeader blocks[10];
  for (BlockHeader& block : blocks) quarantine.push({&block, 3});
  ASSERT_TRUE(quarantine.remove(&blocks[7]));
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(quarantine.peek(i).block, &blocks[i]);
  EXPECT_EQ(quarantine.peek(7).block, &blocks[8]);
  EXPECT_EQ(quarantine.peek(8).block, &blocks[9]);
  EXPECT_EQ(quarantine.bytes(), 9U * 3 * kGranule);
}

TEST(HeapFuzzFinds, ASoundHeaderOfAnotherTimeIsDamageSomewhereInTheHeader) {
  TestHeap heap(TestHeapOptions{}.lazy());
  char* p = heap.allocate(24);
  static_cast<void>(heap.allocate(24));
  heap.free(p);
  heap.heap.flush_quarantine(heap.faults);
  const BlockHeader ready = *test::header_of(p);
  heap.drain();
  *test::header_of(p) = ready;
  EXPECT_EQ(heap.check(), 1U);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.block.user, test::at(p));
  EXPECT_EQ(fault.damage.address, test::at(p) - kHeaderSize);
  EXPECT_EQ(fault.damage.length, kHeaderSize);
  EXPECT_TRUE(fault.damage.somewhere);
}

// Four blocks in a row. The last one is overrun by the one in front of it, and nobody has noticed.
struct Row {
  explicit Row(TestHeap& heap)
      : front(heap.allocate(100)),
        ready(heap.allocate(24)),
        free(heap.allocate(100)),
        overrun(heap.allocate(100)) {
    static_cast<void>(heap.allocate(24));
  }

  void free_and_overrun(TestHeap& heap) const {
    heap.free(front);
    heap.free(free);
    heap.drain();
    heap.free(ready);
    heap.free(overrun);
    heap.heap.flush_quarantine(heap.faults);
    ASSERT_TRUE(heap.faults.empty());
    std::memset(overrun - 36, 'x', 40);
  }

  char* front;
  char* ready;
  char* free;
  char* overrun;
};

void expect_nothing_is_left(TestHeap& heap, std::size_t condemned) {
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
  EXPECT_EQ(Blocks(heap.heap).count(BlockState::kCondemned), condemned);
  heap.faults.clear();
  EXPECT_EQ(heap.check(), 0U);
}

TEST(HeapFuzzFinds, ABlockClaimedForAMergeMayTurnOutToHaveOverrunAnotherOne) {
  TestHeap heap(TestHeapOptions{}.lazy());
  const Row row(heap);
  row.free_and_overrun(heap);
  row.front[-20] ^= 1;  // found when the block in front is claimed, and the overrun with it
  EXPECT_EQ(heap.heap.coalesce(1, heap.faults), 1U);
  ASSERT_EQ(heap.faults.size(), 2U);
  EXPECT_EQ(heap.faults.back().block.user, test::at(row.free));
  expect_nothing_is_left(heap, 3);
}

TEST(HeapFuzzFinds, AMergedBlockMayTurnOutToHaveOverrunAnotherOneBeforeItIsListed) {
  TestHeap heap(TestHeapOptions{}.lazy());
  char* listed = heap.allocate(312);  // as long as the three that are merged, so that they go to its list
  static_cast<void>(heap.allocate(24));
  const Row row(heap);
  heap.free(listed);
  row.free_and_overrun(heap);
  listed[8] ^= 1;  // the link to the one before it
  EXPECT_EQ(heap.heap.coalesce(1, heap.faults), 1U);
  ASSERT_EQ(heap.faults.size(), 2U);
  EXPECT_EQ(heap.faults.back().block.user, test::at(row.free));
  expect_nothing_is_left(heap, 3);
}

}  // namespace
}  // namespace padlock::core
