// A mark or a header that says something impossible, and what the check still finds beside it.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/block/pattern.h"
#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/three_blocks.h"

namespace padlock::core {
namespace {

using test::at;
using test::header_of;

class WrongMarks : public test::ThreeBlocks {};

// One mark that was lost, or one too many, is one fault, and hides none of a block's own.
TEST_F(WrongMarks, LeadTheCheckPastNoBlock) {
  std::vector<char*> damaged;
  for (int i = 0; i < 12; ++i) damaged.push_back(heap_.allocate(static_cast<std::size_t>(i) * 9));
  for (int i = 0; i < 12; ++i) damaged[static_cast<std::size_t>(i)][i * 9] ^= 1;
  const std::uint32_t first = granule(damaged.front());
  for (std::uint32_t mark = 1; mark + kMinBlockGranules <= region().top; ++mark) {
    if (region().starts.test(mark)) {
      region().starts.clear(mark);
    } else {
      region().starts.set(mark);
    }
    heap_.faults.clear();
    heap_.check();
    std::size_t marks = 0;
    std::set<std::uintptr_t> told;
    for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
      const Fault& fault = heap_.faults[i];
      if (fault.table == Table::kMarks) {
        ++marks;
      } else {
        ASSERT_EQ(fault.kind, FaultKind::kHeapBufferOverflow) << mark;
        told.insert(fault.block.user);
      }
    }
    ASSERT_EQ(marks, 1U) << mark;
    // The one that the mark is about is said to be mismarked, no more.
    ASSERT_GE(told.size(), damaged.size() - (mark >= first ? 1 : 0)) << mark;
    ASSERT_EQ(told.size() + marks, heap_.faults.size()) << mark;
    if (region().starts.test(mark)) {
      region().starts.clear(mark);
    } else {
      region().starts.set(mark);
    }
  }
}

// The last block is as short as one can be, and its mark is lost: the header before it knows where it is.
TEST_F(WrongMarks, TheShortestBlockAtTheTopIsNotLost) {
  char* const last = heap_.allocate(0);
  ASSERT_EQ(region().top, granule(last) + kMinBlockGranules);
  last[0] ^= 1;
  region().starts.clear(granule(last));
  heap_.check();
  ASSERT_EQ(heap_.faults.size(), 2U);
  EXPECT_EQ(heap_.faults[0].table, Table::kMarks);
  EXPECT_EQ(heap_.faults[1].kind, FaultKind::kHeapBufferOverflow);
}

// Eight bytes of padding at least, though the last of them be a canary.
TEST_F(WrongMarks, ASizeThatLeavesLessThanItsPaddingIsSeen) {
  const BlockFields sound = fields(block());
  const std::size_t capacity = capacity_of(sound.granules);
  for (std::uint64_t beyond = 0; beyond <= kMinPadding; ++beyond) {
    BlockFields changed = sound;
    changed.requested = capacity - kMinPadding + beyond;
    seal_block(header_of(block()), sound, capacity, heap_.heap.keys());
    reseal(block(), changed);
    store_word(header_of(block())->user() + capacity - kMinPadding,
               canary_in(load_header(header_of(block())), heap_.heap.keys()));
    heap_.faults.clear();
    EXPECT_EQ(heap_.check(), beyond == 0 ? 0U : 1U) << beyond;
    if (beyond != 0) {
      EXPECT_EQ(heap_.faults.back().table, Table::kMarks) << beyond;
    }
  }
}

// Nor is it said to have been merged.
TEST_F(WrongMarks, ABlockIsNoGhostOfItsOwn) {
  region().ghosts.set(granule(block()));
  EXPECT_EQ(heap_.heap.find_former(at(block())).user, at(block()));
  EXPECT_EQ(heap_.heap.find_former(at(block())).state, BlockState::kLive);
  EXPECT_EQ(heap_.check(), 1U);
  EXPECT_EQ(heap_.faults.back().table, Table::kMarks);
}

// The block before a damaged header is named beside it, as its program may have written past its padding: if
// the program has it, and its size can be.
TEST_F(WrongMarks, AnImpossibleSizeIsNotReadForASuspect) {
  char* const before = block();
  const BlockFields sound = fields(before);
  char* const victim = before + capacity_of(sound.granules) + kHeaderSize;
  header_of(victim)->words[0] ^= std::uint64_t{1} << 40;
  const auto suspect = [&] {
    heap_.faults.clear();
    heap_.check();
    for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
      if (heap_.faults[i].block.user == at(victim)) return heap_.faults[i].neighbour.user;
    }
    ADD_FAILURE() << "the victim is not reported";
    return std::uintptr_t{0};
  };
  EXPECT_EQ(suspect(), at(before));
  BlockFields changed = sound;
  for (const std::uint64_t size :
       {std::uint64_t{1} << 20, std::uint64_t{1} << 30, (std::uint64_t{1} << 40) - 1}) {
    changed.requested = size;
    reseal(before, changed);
    EXPECT_EQ(suspect(), 0U) << size;
  }
  seal_block(header_of(before), sound, capacity_of(sound.granules), heap_.heap.keys());
  EXPECT_EQ(suspect(), at(before));
  heap_.free(before);
  EXPECT_EQ(suspect(), 0U) << "freed";
}

}  // namespace
}  // namespace padlock::core
