// Whose memory it was: blocks that were merged long ago are named as long as their headers are there, and
// links by the block that they lie in.
#include <gtest/gtest.h>

#include "core/block/pattern.h"
#include "test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

TEST(FormerBlocks, MemoryOfAMergedBlockIsThatOfTheBlockThatItBelongedTo) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0));
  char* const first = heap.allocate(100);
  char* const second = heap.allocate(200);
  static_cast<void>(heap.allocate(0));
  heap.free(first);
  heap.free(second);
  heap.drain();
  ASSERT_EQ(heap.heap.find_block(at(second)).user, at(first)) << "they are one block";
  const BlockSnapshot former = heap.heap.find_former(at(second) + 50);
  EXPECT_EQ(former.user, at(second));
  EXPECT_EQ(former.requested, 200U);
  EXPECT_EQ(former.state, BlockState::kFree);
  EXPECT_TRUE(former.sealed);
  EXPECT_EQ(heap.heap.find_former(at(first) + 50).user, at(first));
  EXPECT_FALSE(heap.heap.find_former(1).present());
}

TEST(FormerBlocks, ABlockThatIsNotMergedIsItself) {
  TestHeap heap;
  char* const live = heap.allocate(100);
  EXPECT_EQ(heap.heap.find_former(at(live) + 99).user, at(live));
  EXPECT_EQ(heap.heap.find_former(at(live)).state, BlockState::kLive);
}

TEST(FormerBlocks, ALinkIsFoundInItsBlockFromAnyValueInReach) {
  constexpr std::int64_t kReach = 64 * 1024;
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  char* const listed = heap.allocate(100);
  static_cast<void>(heap.allocate(0));
  heap.free(listed);  // alone in its list: both links lead nowhere
  for (const std::size_t word : {std::size_t{0}, std::size_t{8}}) {
    const std::uint64_t link = load_word(reinterpret_cast<const std::byte*>(listed + word));
    for (const std::int64_t offset : {-kReach, std::int64_t{0}, std::int64_t{16}, kReach}) {
      const Poison::Source source = heap.heap.find_link(link + static_cast<std::uint64_t>(offset), kReach);
      EXPECT_EQ(source.address, at(listed) + word);
      EXPECT_EQ(source.offset, offset);
    }
    EXPECT_EQ(heap.heap.find_link(link + kReach + 1, kReach).address, 0U);
  }
}

TEST(FormerBlocks, WithoutIdleBlocksThereAreNoLinks) {
  TestHeap heap;
  const auto* const live = reinterpret_cast<const std::byte*>(heap.allocate(100));
  EXPECT_EQ(heap.heap.find_link(load_word(live), 64 * 1024).address, 0U);
}

}  // namespace
}  // namespace padlock::core
