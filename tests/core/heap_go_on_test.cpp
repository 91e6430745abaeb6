// After a fault the heap goes on: what was reported is not reported again, damaged idle memory is never
// handed out, and blocks that were hit by somebody else's write still work.
#include <gtest/gtest.h>

#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

// Uses the heap hard; every block is written to its end. False if `condemned` is handed out.
bool usable_without(TestHeap& heap, const BlockSnapshot& condemned) {
  for (int round = 0; round < 3; ++round) {
    std::vector<char*> blocks;
    for (std::size_t size = 2000; size > 10; size = size * 3 / 4) {
      while (char* p = heap.allocate(size)) {
        if (at(p) < condemned.header + condemned.block_size && at(p) + size > condemned.header) return false;
        std::memset(p, 0xEE, size);
        blocks.push_back(p);
      }
    }
    for (char* p : blocks) heap.free(p);
    heap.drain();
  }
  return true;
}

class GoOnTest : public ::testing::Test {
 protected:
  void expect_nothing_more() {
    EXPECT_EQ(heap_.check(), 0U);
    EXPECT_TRUE(heap_.faults.empty());
    EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
  }
  Fault only() { return heap_.faults.take_only(); }

  TestHeap heap_{TestHeapOptions{}.with_quarantine(4096)};
};

TEST_F(GoOnTest, AfterAnOverflowTheBlockItselfIsReused) {
  char* p = heap_.allocate(50);
  p[50] = 1;
  heap_.free(p);
  EXPECT_EQ(only().kind, FaultKind::kHeapBufferOverflow);
  expect_nothing_more();
  EXPECT_TRUE(usable_without(heap_, {}));
  EXPECT_EQ(heap_.heap.stats().condemned_bytes, 0U);
  expect_nothing_more();
}

TEST_F(GoOnTest, AReallocTellsAnOverflowOnceWhetherItMovesOrNot) {
  for (const std::size_t to : {60U, 5000U}) {
    char* p = heap_.allocate(50);
    static_cast<void>(heap_.allocate(0));
    std::memset(p, 'd', 52);
    p = heap_.reallocate(p, to);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(only().kind, FaultKind::kHeapBufferOverflow);
    EXPECT_EQ(std::string(p, 50), std::string(50, 'd'));
    heap_.free(p);
    heap_.drain();
    expect_nothing_more();
  }
}

TEST_F(GoOnTest, AnOverrunNeighbourStillWorks) {
  char* a = heap_.allocate(50);
  char* b = heap_.allocate(50);
  std::memset(b, 'b', 50);
  std::memset(a + 50, 'x', 14 + 20);  // the padding and 20 bytes of the header behind
  heap_.free(a);
  const Fault fault = only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.neighbour.user, at(b));
  char* moved = heap_.reallocate(b, 1000);
  ASSERT_NE(moved, nullptr);
  EXPECT_EQ(std::string(moved, 50), std::string(50, 'b'));
  heap_.free(moved);
  heap_.drain();
  expect_nothing_more();
  EXPECT_EQ(heap_.heap.stats().live_bytes, 0U);
}

TEST_F(GoOnTest, TheSuspectIsNamedFromTheSideOfTheVictimAndToldOnce) {
  char* a = heap_.allocate(50, 0, {1, 1, 0});
  char* b = heap_.allocate(50, 0, {2, 2, 0});
  std::memset(a + 50, 'x', 14 + 20);
  heap_.free(b);
  const Fault fault = only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.moment, Moment::kFree);
  EXPECT_EQ(fault.block.user, at(a));
  EXPECT_EQ(fault.block.alloc_trace, 1U);
  EXPECT_EQ(fault.neighbour.user, at(b));
  heap_.free(a);
  heap_.drain();
  expect_nothing_more();
}

TEST_F(GoOnTest, ARunThroughSeveralBlocksIsOneFaultFromWhereverItIsSeen) {
  for (int seen_from = -1; seen_from < 4; ++seen_from) {
    TestHeap heap(TestHeapOptions{}.with_quarantine(4096));
    char* blocks[5];
    for (char*& p : blocks) p = heap.allocate(40);
    // From the first block over two whole ones into the header of the fourth: blocks are 80 bytes apart.
    std::memset(blocks[0] + 40, 'x', 8 + 80 + 80 + 3);
    if (seen_from < 0) {
      ASSERT_EQ(heap.check(), 1U);
    } else {
      heap.free(blocks[seen_from]);
    }
    const Fault fault = heap.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow) << seen_from;
    EXPECT_EQ(fault.block.user, at(blocks[0]));
    EXPECT_EQ(fault.damage.offset, 40);
    EXPECT_EQ(fault.damage.length, 171U);
    EXPECT_FALSE(fault.damage.at_least);
    EXPECT_EQ(fault.neighbour.user, at(blocks[1]));
    if (seen_from < 0) continue;
    ASSERT_EQ(heap.check(), 0U);
    for (int i = 0; i < 5; ++i) {
      if (i != seen_from) heap.free(blocks[i]);
    }
    heap.drain();
    EXPECT_EQ(heap.check(), 0U);
    EXPECT_TRUE(heap.faults.empty());
    EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
    EXPECT_EQ(heap.heap.stats().live_bytes, 0U);
  }
}

TEST_F(GoOnTest, AByteDeepInTheNextHeaderIsDamageOfItsOwn) {
  char* a = heap_.allocate(50);
  char* b = heap_.allocate(50);
  std::memset(a + 50, 'x', 14);  // all of the padding, and no more
  b[-12] ^= 1;
  EXPECT_EQ(heap_.check(), 2U);
  ASSERT_EQ(heap_.faults.size(), 2U);
  EXPECT_EQ(heap_.faults[0].kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(heap_.faults[0].damage.length, 14U);
  EXPECT_TRUE(heap_.faults[0].damage.at_least) << "the header behind is younger";
  EXPECT_FALSE(heap_.faults[0].neighbour.present());
  EXPECT_EQ(heap_.faults[1].kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(heap_.faults[1].damage.offset, -12);
  heap_.faults.clear();
  heap_.free(a);
  EXPECT_EQ(only().kind, FaultKind::kHeapBufferOverflow);
  heap_.free(b);
  EXPECT_EQ(only().kind, FaultKind::kMetadataCorruption);
  expect_nothing_more();
}

TEST_F(GoOnTest, ARunOfThePaddingsOwnFirstByteIsAnOverflowAndNoUnderflow) {
  char* a = heap_.allocate(40);
  char* b = heap_.allocate(40);
  const std::uint64_t canary = canary_behind(test::header_of(a), heap_.heap.keys());
  const std::uint8_t value = pattern_byte(canary, 40);
  std::size_t first = 40;
  while (pattern_byte(canary, first) == value) ++first;
  ASSERT_LT(first, 48U);
  std::memset(a + 40, value, 8 + 32);
  EXPECT_EQ(heap_.check(), 1U);
  const Fault fault = only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.block.user, at(a));
  EXPECT_EQ(fault.neighbour.user, at(b));
  EXPECT_EQ(fault.damage.offset, static_cast<std::int64_t>(first));
  EXPECT_EQ(fault.damage.length, 80 - first);
  heap_.free(b);
  EXPECT_EQ(only().block.user, at(a));
  heap_.free(a);
  heap_.drain();
  expect_nothing_more();
}

TEST_F(GoOnTest, OverrunIdleBlocksArePutAside) {
  char* a = heap_.allocate(50);
  char* b = heap_.allocate(50);
  heap_.free(b);
  const BlockSnapshot victim = heap_.heap.find_block(at(b));
  std::memset(a + 50, 'x', 14 + 20);
  heap_.free(a);
  EXPECT_EQ(only().kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(heap_.heap.find_block(at(b)).state, BlockState::kCondemned);
  expect_nothing_more();
  EXPECT_TRUE(usable_without(heap_, victim));
  expect_nothing_more();
}

TEST_F(GoOnTest, AWriteAfterFreeThatRunsOnIsToldOnce) {
  for (const bool victim_first : {false, true}) {
    TestHeap heap(TestHeapOptions{}.with_quarantine(4096));
    char* a = heap.allocate(50);
    char* b = heap.allocate(50);
    heap.free(a);
    std::memset(a + 10, 'x', 54 + 20);
    if (victim_first) heap.free(b);
    heap.drain();
    const Fault fault = heap.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
    EXPECT_EQ(fault.block.user, at(a));
    EXPECT_EQ(fault.damage.offset, 10);
    EXPECT_EQ(fault.neighbour.user, at(b));
    if (!victim_first) heap.free(b);
    heap.drain();
    EXPECT_EQ(heap.check(), 0U);
    EXPECT_TRUE(heap.faults.empty());
    EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
    EXPECT_EQ(heap.heap.find_block(at(a)).state, BlockState::kCondemned);
  }
}

TEST_F(GoOnTest, AMergeThatMeetsABlockOverrunByTheOneBeingMerged) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  char* a = heap.allocate(50);
  char* b = heap.allocate(50);
  static_cast<void>(heap.allocate(0));
  heap.free(b);
  heap.drain();  // b is free
  heap.free(a);  // a is ready
  std::memset(a + 30, 'x', 34 + 20);
  heap.drain();
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.moment, Moment::kCoalesce);
  EXPECT_EQ(fault.block.user, at(a));
  EXPECT_EQ(fault.neighbour.user, at(b));
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_EQ(heap.heap.find_block(at(a)).state, BlockState::kCondemned);
  EXPECT_EQ(heap.heap.find_block(at(b)).state, BlockState::kCondemned);
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

TEST_F(GoOnTest, DamageInSeveralListedBlocksIsToldForEachOfThemOnce) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  std::vector<char*> blocks;
  for (int i = 0; i < 8; ++i) {
    blocks.push_back(heap.allocate(50));
    static_cast<void>(heap.allocate(0));
  }
  for (char* p : blocks) heap.free(p);
  for (const std::size_t i : {1U, 2U, 3U, 6U}) blocks[i][4] ^= 1;  // links
  blocks[5][30] ^= 1;                                              // poison
  for (int i = 0; i < 8; ++i) static_cast<void>(heap.allocate(50));
  EXPECT_EQ(heap.faults.size(), 5U);
  for (std::size_t i = 0; i < heap.faults.size(); ++i) {
    EXPECT_EQ(heap.faults[i].kind, FaultKind::kUseAfterFreeWrite);
  }
  heap.faults.clear();
  for (const std::size_t i : {1U, 2U, 3U, 5U, 6U}) {
    EXPECT_EQ(heap.heap.find_block(at(blocks[i])).state, BlockState::kCondemned);
  }
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

TEST_F(GoOnTest, SeveralDamagedPlacesOfAFreeBlockArePutAsideTogether) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0));
  char* p = heap.allocate(4000);
  static_cast<void>(heap.allocate(0));
  heap.free(p);
  heap.drain();
  p[60] ^= 1;
  p[3000] ^= 1;
  char* q = heap.allocate(20);
  ASSERT_NE(q, nullptr);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.damage.offset, 60);
  EXPECT_EQ(fault.damage.length, 2941U);
  EXPECT_GT(at(q), at(p) + 3000);
  EXPECT_EQ(heap.heap.find_block(at(p)).state, BlockState::kCondemned);
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

TEST_F(GoOnTest, ALiveBlockDoesNotGrowIntoDamagedMemory) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0));
  char* p = heap.allocate(50);
  char* behind = heap.allocate(500);
  static_cast<void>(heap.allocate(0));
  heap.free(behind);
  heap.drain();
  behind[40] ^= 1;
  char* moved = heap.reallocate(p, 300);
  ASSERT_NE(moved, nullptr);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.moment, Moment::kReuse);
  EXPECT_EQ(fault.block.user, at(behind));
  EXPECT_EQ(fault.damage.offset, 40);
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

TEST_F(GoOnTest, BadPointersChangeNothing) {
  char* p = heap_.allocate(50);
  char* q = heap_.allocate(50);
  heap_.free(q);
  const HeapStats before = heap_.heap.stats();
  heap_.free(q);
  heap_.free(p + 8);
  heap_.free(&heap_);
  EXPECT_EQ(heap_.reallocate(q, 10), nullptr);
  EXPECT_EQ(heap_.heap.usable_size(p + 1, heap_.faults), 0U);
  EXPECT_EQ(heap_.faults.size(), 5U);
  heap_.faults.clear();
  const HeapStats after = heap_.heap.stats();
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_EQ(after.quarantined_bytes, before.quarantined_bytes);
  expect_nothing_more();
}

TEST_F(GoOnTest, ACondemnedBlockStaysSoWhateverIsDoneToIt) {
  char* p = heap_.allocate(50);
  heap_.free(p);
  p[5] = 1;
  heap_.drain();
  heap_.faults.clear();
  const HeapStats before = heap_.heap.stats();
  EXPECT_EQ(before.condemned_bytes, 96U);
  heap_.free(p);
  EXPECT_EQ(only().kind, FaultKind::kDoubleFree);
  std::memset(p - 32, 'x', 60);
  heap_.free(p);
  EXPECT_EQ(only().kind, FaultKind::kDoubleFree);
  EXPECT_EQ(heap_.heap.stats().condemned_bytes, 96U);
  EXPECT_EQ(heap_.heap.stats().live_blocks, before.live_blocks);
}

}  // namespace
}  // namespace padlock::core
