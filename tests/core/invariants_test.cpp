// Every invariant of docs/INVARIANTS.md broken on purpose, through raw bytes or the out-of-band data, and
// seen by check(). A test is named after the invariant it breaks.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/three_blocks.h"

namespace padlock::core {
namespace {

using test::at;
using test::header_of;
using test::TestHeap;
using test::TestHeapOptions;

// The second block is in the state that the test is about.
class Invariants : public test::ThreeBlocks {
 protected:
  using ThreeBlocks::ThreeBlocks;

  void ready_all() {
    for (char* p : blocks_) heap_.free(p);
    heap_.heap.flush_quarantine(heap_.faults);
  }
  void free_all() {
    ready_all();
    heap_.heap.coalesce(SIZE_MAX, heap_.faults);
  }
  /// Of one free block that was two: where each began.
  std::pair<char*, char*> merge_two_blocks() {
    char* const first = heap_.allocate(100);
    char* const second = heap_.allocate(100);
    heap_.free(first);
    heap_.free(second);
    heap_.drain();
    return {first, second};
  }

  void expect_caught(FaultKind kind, const char* user) {
    ASSERT_GE(heap_.check(), 1U);
    EXPECT_EQ(heap_.faults[0].kind, kind);
    EXPECT_EQ(heap_.faults[0].moment, Moment::kCheck);
    EXPECT_EQ(heap_.faults[0].block.user, at(user));
  }
  // No block is to blame.
  Fault expect_caught_without_block() {
    EXPECT_EQ(heap_.check(), 1U);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kMetadataCorruption);
    EXPECT_FALSE(fault.block.present());
    return fault;
  }
};

TEST_F(Invariants, HoldBeforeAnythingIsBroken) {
  EXPECT_EQ(heap_.check(), 0U);
  ready_all();
  EXPECT_EQ(heap_.check(), 0U);
  heap_.heap.coalesce(SIZE_MAX, heap_.faults);
  EXPECT_EQ(heap_.check(), 0U);
}

TEST_F(Invariants, Inv01BlocksTileTheRegionFromItsBase) {
  region().starts.clear(0);
  EXPECT_GE(heap_.check(), 1U);
  EXPECT_EQ(heap_.faults[0].kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(heap_.faults[0].address, region().base());
}

TEST_F(Invariants, Inv02EveryHeaderVerifies) {
  header_of(block())->words[1] ^= 1;
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv03TheHeadersLengthIsThatOfTheBitmap) {
  BlockFields changed = fields(block());
  ++changed.granules;
  reseal(block(), changed);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv03AStartInsideABlock) {
  region().starts.set(granule(block()) + 4);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv03AStartThatIsMissing) {
  region().starts.clear(granule(block()));
  EXPECT_EQ(heap_.check(), 1U);
  EXPECT_EQ(heap_.faults[0].kind, FaultKind::kMetadataCorruption);
}

TEST_F(Invariants, Inv04NoBlockIsShorterThanThreeGranules) {
  BlockFields changed = fields(block());
  const std::uint32_t start = granule(block());
  region().starts.set(start + 2);
  changed.granules = 2;
  changed.state = BlockState::kQuarantined;
  reseal(block(), changed);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv05ALiveBlockHasEightBytesOfPadding) {
  BlockFields changed = fields(block());
  changed.requested = capacity_of(changed.granules) - 7;
  reseal(block(), changed);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv06ThePaddingOfALiveBlockIsLocked) {
  block()[107] ^= 1;
  expect_caught(FaultKind::kHeapBufferOverflow, block());
}

TEST_F(Invariants, Inv07TheStateIsOneThatExists) {
  BlockFields changed = fields(block());
  changed.state = static_cast<BlockState>(7);
  reseal(block(), changed);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

// Of a block that looks freed in all else, too.
TEST_F(Invariants, Inv07AFreedBlockHasTheStateOfOne) {
  heap_.free(block());
  const BlockFields sound = fields(block());
  for (unsigned state = 0; state < 8; ++state) {
    BlockFields changed = sound;
    changed.state = static_cast<BlockState>(state);
    reseal(block(), changed);
    heap_.faults.clear();
    EXPECT_EQ(heap_.check() == 0, changed.state == BlockState::kQuarantined) << state;
  }
}

TEST_F(Invariants, Inv08ReadyAndFreeBlocksAreIdle) {
  ready_all();
  region().idle.clear(granule(block()));
  ASSERT_GE(heap_.check(), 1U);  // blocks whose links lead there are faults too
  std::size_t caught = 0;
  for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
    const Fault& fault = heap_.faults[i];
    if (fault.kind == FaultKind::kMetadataCorruption && fault.block.user == at(block())) ++caught;
  }
  EXPECT_EQ(caught, 1U);
}

TEST_F(Invariants, Inv08NothingElseIsIdle) {
  region().idle.set(granule(block()));
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv08NoIdleMarkLiesInsideABlock) {
  region().idle.set(granule(block()) + 1);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv09CondemnedBlocksAreMarkedSo) {
  BlockFields changed = fields(block());
  changed.state = BlockState::kCondemned;
  reseal(block(), changed);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv09NothingElseIsMarkedCondemned) {
  region().condemned.set(granule(block()));
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv09NoCondemnedMarkLiesInsideABlock) {
  region().condemned.set(granule(block()) + 2);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv10AQuarantinedBlockIsPoisoned) {
  heap_.free(block());
  block()[0] ^= 1;
  expect_caught(FaultKind::kUseAfterFreeWrite, block());
}

TEST_F(Invariants, Inv10AReadyBlockIsPoisonedBehindItsLinks) {
  ready_all();
  block()[16] ^= 1;
  expect_caught(FaultKind::kUseAfterFreeWrite, block());
}

TEST_F(Invariants, Inv10AFreeBlockIsPoisonedBehindItsLinks) {
  free_all();
  block()[107] ^= 1;
  expect_caught(FaultKind::kUseAfterFreeWrite, block());
}

TEST_F(Invariants, Inv11LinksOfListedBlocksLeadBackAndForth) {
  for (const bool merged : {false, true}) {
    for (std::size_t byte = 0; byte < 16; ++byte) {
      if (merged) {
        free_all();
      } else {
        ready_all();
      }
      block()[byte] ^= 0x40;
      expect_caught(FaultKind::kUseAfterFreeWrite, block());
      EXPECT_EQ(heap_.faults[0].damage.offset, static_cast<std::int64_t>(byte));
      EXPECT_EQ(heap_.faults.size(), 1U);
      block()[byte] ^= 0x40;
      EXPECT_EQ(heap_.check(), 0U);
      heap_.faults.clear();
      for (char*& p : blocks_) p = heap_.allocate(100);
    }
  }
}

TEST_F(Invariants, Inv12FreeBlocksNeverTouch) {
  char* a = heap_.allocate(100);
  char* b = heap_.allocate(100);
  static_cast<void>(heap_.allocate(0));
  heap_.free(a);
  heap_.free(b);
  heap_.heap.flush_quarantine(heap_.faults);
  for (char* p : {a, b}) {
    BlockFields changed = fields(p);
    changed.state = BlockState::kFree;
    reseal(p, changed);
  }
  ASSERT_GE(heap_.check(), 1U);
  bool told = false;
  for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
    told = told ||
           (heap_.faults[i].kind == FaultKind::kMetadataCorruption && heap_.faults[i].block.user == at(b));
  }
  EXPECT_TRUE(told);
}

TEST_F(Invariants, Inv13HeadersOfMergedBlocksLieInsideFreeBlocksOnly) {
  region().ghosts.set(granule(block()) + 3);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv13AndBehindTheirLinks) {
  free_all();
  region().ghosts.set(granule(block()) + 2);
  expect_caught(FaultKind::kMetadataCorruption, block());
}

TEST_F(Invariants, Inv13AndNotWithinOneAnother) {
  const auto [first, second] = merge_two_blocks();
  region().ghosts.set(granule(second) + 1);
  expect_caught(FaultKind::kMetadataCorruption, first);
}

TEST_F(Invariants, Inv14HeadersOfMergedBlocksVerify) {
  char* const second = merge_two_blocks().second;
  header_of(second)->words[0] ^= 2;
  expect_caught(FaultKind::kUseAfterFreeWrite, second);
}

TEST_F(Invariants, Inv15AQuarantineSlotNamesAQuarantinedBlock) {
  heap_.free(block());
  BlockFields changed = fields(block());
  changed.state = BlockState::kCondemned;
  region().condemned.set(granule(block()));
  reseal(block(), changed);
  const Fault fault = expect_caught_without_block();
  EXPECT_EQ(fault.address, at(block()) - kHeaderSize);
}

TEST_F(Invariants, Inv16EveryQuarantinedBlockHasASlot) {
  BlockFields changed = fields(block());
  changed.state = BlockState::kQuarantined;
  std::byte* user = header_of(block())->user();
  fill_poison(user, user + 112, heap_.heap.keys().poison);
  reseal(block(), changed);
  expect_caught_without_block();
}

TEST_F(Invariants, Inv16LiveBlocksAreCounted) {
  // A live block that nobody allocated, at the top.
  const std::uint32_t start = region().top;
  region().starts.set(start);
  region().top += 3;
  BlockFields made;
  made.granules = 3;
  made.number = 1;
  auto* p = reinterpret_cast<char*>(region().header_at(start)->user());
  reseal(p, made);
  const std::uint64_t canary = canary_behind(header_of(p), heap_.heap.keys());
  std::memcpy(p, &canary, 8);
  std::memcpy(p + 8, &canary, 8);
  expect_caught_without_block();
}

TEST_F(Invariants, Inv16ListedBlocksAreCounted) {
  // A second heap's idea of the same bytes: a block vanishes together with its mark.
  ready_all();
  BlockFields changed = fields(blocks_[2]);
  changed.state = BlockState::kCondemned;
  region().idle.clear(granule(blocks_[2]));
  region().condemned.set(granule(blocks_[2]));
  reseal(blocks_[2], changed);
  EXPECT_GE(heap_.check(), 1U);
}

TEST_F(Invariants, Inv17NothingIsMarkedBehindTheTop) {
  region().starts.set(region().top + 5);
  const Fault fault = expect_caught_without_block();
  EXPECT_EQ(fault.address, region().base());
}

TEST_F(Invariants, Inv17TheTopIsAccessible) {
  region().open_to(region().top - 1);
  expect_caught_without_block();
}

// A heap with caches, which hold four blocks that were never handed out, behind a live one.
class InvariantsWithCaches : public ::testing::Test {
 protected:
  InvariantsWithCaches() : heap_(options()) {
    block_ = heap_.allocate(100);
    EXPECT_EQ(heap_.heap.lend(8, blank_, 1, heap_.faults), 4U);
  }
  static TestHeapOptions options() {
    TestHeapOptions options;
    options.config.open_memory = [](std::uintptr_t /*begin*/, std::uintptr_t wanted) {
      return align_up(wanted, std::uintptr_t{4096});
    };
    options.config.is_cached = [](const BlockHeader* /*block*/, const void* /*context*/) { return true; };
    return options;
  }
  void expect_write_found(char* place) {
    EXPECT_EQ(heap_.check(), 0U);
    place[0] = 1;
    place[6] = 1;
    ASSERT_EQ(heap_.check(), 1U);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
    EXPECT_EQ(fault.blame, Blame::kNearest);
    EXPECT_EQ(fault.block.user, at(block_));
    EXPECT_EQ(fault.damage.address, at(place));
    EXPECT_EQ(fault.damage.offset, place - block_);
    EXPECT_EQ(fault.damage.length, 7U);
  }

  TestHeap heap_;
  char* block_ = nullptr;
  BlockSlot blank_[4];
};

TEST_F(InvariantsWithCaches, Inv18WhatLiesBehindTheTopIsZero) {
  expect_write_found(reinterpret_cast<char*>(heap_.region_data().bytes_at(heap_.region_data().top + 100)));
}

TEST_F(InvariantsWithCaches, Inv18WhatAnOverflowLeftThereIsReportedOnce) {
  char* const last = heap_.allocate(100);
  std::memset(last + 100, 'x', 300);
  heap_.free(last);
  EXPECT_EQ(heap_.faults.take_only().block.user, at(last));
  EXPECT_EQ(heap_.check(), 0U);
}

// Of a lent block, which is in no list here and poisoned like any that was freed.
TEST_F(InvariantsWithCaches, Inv07ALentBlockHasAStateThatCachesKnow) {
  heap_.free(block_);
  heap_.heap.flush_quarantine(heap_.faults);
  BlockSlot lent;
  ASSERT_EQ(heap_.heap.lend(granules_for(100), {&lent, 1}, 2, heap_.faults), 1U);
  ASSERT_EQ(lent.block, BlockHeader::of_user(block_));
  EXPECT_EQ(heap_.check(), 0U);
  BlockFields fields;
  ASSERT_EQ(read_header(lent.block, heap_.heap.keys(), fields), HeaderVerdict::kIntact);
  for (unsigned state = 0; state < 8; ++state) {
    fields.state = static_cast<BlockState>(state);
    write_header(lent.block, fields, heap_.heap.keys());
    heap_.faults.clear();
    const bool known = fields.state == BlockState::kQuarantined || fields.state == BlockState::kBlank;
    EXPECT_EQ(heap_.check() == 0, known) << state;
  }
}

// Writes to what is constant but to a heap, as a wild pointer would.
void write_over(const void* place) { *static_cast<std::uint64_t*>(const_cast<void*>(place)) ^= 0x4141; }

TEST_F(Invariants, Inv19KeysAreAsTheyWereMade) {
  write_over(&heap_.heap.keys());
  const Fault fault = expect_caught_without_block();
  EXPECT_EQ(fault.table, Table::kHeap);
  write_over(&heap_.heap.keys());
  EXPECT_EQ(heap_.check(), 0U);
}

TEST_F(Invariants, Inv19ARegionIsWhatItWasMadeOf) {
  write_over(&region().starts);
  const Fault fault = expect_caught_without_block();
  EXPECT_EQ(fault.table, Table::kRegion);
  EXPECT_EQ(fault.address, at(&region()));
  write_over(&region().starts);
  EXPECT_EQ(heap_.check(), 0U);
}

TEST_F(Invariants, Inv20IdleMarksAreThoseOfTheIndices) {
  ready_all();
  region().idle.clear(granule(block()));
  ASSERT_EQ(heap_.check(), 1U);
  EXPECT_EQ(heap_.faults[0].table, Table::kMarks);
  EXPECT_EQ(heap_.faults[0].block.user, at(block()));
}

// The two digits behind every `prefix` in a file.
std::set<std::string> ids_in(const char* path, const std::string& prefix) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::set<std::string> ids;
  for (std::size_t i = content.find(prefix); i != std::string::npos; i = content.find(prefix, i + 1)) {
    const std::string id = content.substr(i + prefix.size(), 2);
    if (id.find_first_not_of("0123456789") == std::string::npos) ids.insert(id);
  }
  return ids;
}

TEST(InvariantsPage, EveryInvariantHasATestAndEveryTestAnInvariant) {
  const std::set<std::string> tested = ids_in(PADLOCK_INVARIANTS_TESTS, ", Inv");
  EXPECT_EQ(ids_in(PADLOCK_INVARIANTS_PAGE, "| INV-"), tested);
  EXPECT_EQ(tested.size(), 20U);
}

}  // namespace
}  // namespace padlock::core
