// Memory that is handed out for the first time, by every way that there is: it holds the same as memory that
// was freed, as far as the heap is to fill it, and zeros behind that.
#include <gtest/gtest.h>

#include <vector>

#include "core/block/pattern.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

// The most of a block that is filled, bytes.
class FreshMemory : public ::testing::TestWithParam<std::size_t> {
 protected:
  static TestHeapOptions options() {
    TestHeapOptions options;
    options.config.fill_fresh_max = GetParam();
    return options;
  }
  // Memory that came at once, from `begin` on; `to`: bytes of it that are looked at.
  void expect_fresh(const void* begin, std::size_t to) {
    const std::size_t filled = align_down(GetParam(), kGranule);
    const auto* const bytes = static_cast<const std::byte*>(begin);
    for (std::size_t i = 0; i + 8 <= to; i += 8) {
      const std::uint64_t poison = heap_.heap.keys().poison.word(at(bytes + i));
      ASSERT_EQ(load_word(bytes + i), i < filled ? poison : 0) << i << " of " << to;
    }
  }

  TestHeap heap_{options()};
};

TEST_P(FreshMemory, OfABlockThatIsAllocated) {
  for (const std::size_t size : {0U, 8U, 40U, 100U, 500U, 5000U}) {
    for (const std::size_t alignment : {0U, 16U, 64U, 512U}) {
      expect_fresh(heap_.allocate(size, alignment), size);
    }
  }
}

TEST_P(FreshMemory, OfBlocksThatAreLent) {
  for (const std::uint32_t granules : {3U, 4U, 9U, 64U, 200U}) {
    std::vector<BlockSlot> lent(5);
    ASSERT_EQ(heap_.heap.lend(granules, lent, 1, heap_.faults), lent.size());
    for (const BlockSlot& slot : lent) expect_fresh(slot.block->user(), capacity_of(granules));
  }
}

TEST_P(FreshMemory, OfABlockThatIsLentAligned) {
  for (const std::uint32_t granules : {3U, 9U, 64U, 200U}) {
    BlockSlot lent;
    ASSERT_TRUE(heap_.heap.lend_aligned(granules, 256, lent, 1, heap_.faults));
    ASSERT_EQ(at(lent.block->user()) % 256, 0U);
    expect_fresh(lent.block->user(), capacity_of(lent.granules));
  }
}

TEST_P(FreshMemory, ThatABlockGrowsInto) {
  for (const std::size_t size : {1U, 24U, 100U, 1000U}) {
    for (const std::size_t more : {1U, 16U, 40U, 700U}) {
      char* const block = heap_.allocate(size);
      const std::size_t had = capacity_of(granules_for(size));
      ASSERT_EQ(heap_.reallocate(block, size + more), block) << "the last one grows where it is";
      // Its former padding holds what freed memory does, however little of a block is to be filled.
      for (std::size_t i = align_up(size, kGranule); i + 8 <= std::min(had, size + more); i += 8) {
        const auto* const word = reinterpret_cast<const std::byte*>(block + i);
        ASSERT_EQ(load_word(word), heap_.heap.keys().poison.word(at(word)));
      }
      if (size + more > had) expect_fresh(block + had, size + more - had);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Limits, FreshMemory, testing::Values(0U, 15U, 16U, 40U, 100U, 1U << 20));

}  // namespace
}  // namespace padlock::core
