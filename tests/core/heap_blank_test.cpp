// Overflows over blocks that a cache holds: blank ones have no bytes of a known value, so only the headers of
// those behind them show how far a write went; freed ones are poisoned, which shows it to the byte.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kSize = 24;
constexpr std::size_t kBlock = 64;  // bytes of a block of that size, headers counted
constexpr std::size_t kBlocks = 4;

class BlankTest : public ::testing::Test {
 protected:
  BlankTest() {
    std::vector<BlockSlot> lent(kBlocks);
    EXPECT_EQ(heap_.heap.lend(kBlock / kGranule, lent, 1, heap_.faults), kBlocks);
    for (auto slot = lent.rbegin(); slot != lent.rend(); ++slot) cache_.add(kClass, *slot);
  }

  TestHeapOptions options() {
    TestHeapOptions options;
    options.config.cached_context = &cache_;
    options.config.is_cached = [](const BlockHeader* block, const void* cache) {
      return static_cast<const BlockCache*>(cache)->holds(block);
    };
    return options;
  }
  char* allocate() {
    AllocRequest request;
    request.size = kSize;
    request.by.number = ++number_;
    BlockSlot suspect;
    return static_cast<char*>(cache_.allocate(request, suspect));
  }
  Fault overflow(char* block, std::size_t length) {
    std::memset(block + kSize, 'A', length);
    EXPECT_EQ(heap_.heap.check(Moment::kCheck, heap_.faults), 1U);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
    EXPECT_EQ(fault.block.user, at(block));
    EXPECT_EQ(fault.damage.offset, static_cast<std::int64_t>(kSize));
    return fault;
  }

  static constexpr std::uint32_t kClass = size_class::at_least(kBlock / kGranule);
  std::vector<BlockSlot> quarantine_ = std::vector<BlockSlot>(64);
  std::vector<BlockSlot> ready_ = std::vector<BlockSlot>(ReadyBlocks::slots_needed());
  BlockCache cache_{Keys::derive(test::kTestKey), quarantine_, 4096, false, ready_};
  TestHeap heap_{options()};
  std::uint64_t number_ = 0;
};

class Overrun : public BlankTest, public ::testing::WithParamInterface<std::size_t> {};

// What is proven of a write that ends `end` bytes behind the block's start.
struct Proven {
  std::size_t end;
  bool at_least;
};

Proven proven(std::size_t end) {
  constexpr std::size_t kUser = kBlock - kHeaderSize;  // behind which the next header begins
  if (end <= kUser) return {end, end == kUser};        // behind it a blank header, of unknown age
  const std::size_t header = kUser + (end - kUser - 1) / kBlock * kBlock;  // the last one that was hit
  const std::size_t hit = end - header;
  if (hit <= kFrontRepair) return {end, false};
  if (hit < kHeaderSize) return {header + (hit < kHeaderSize - 1 ? kFrontRepair + 1 : kHeaderSize - 1), true};
  return {header + kHeaderSize, true};
}

TEST_P(Overrun, OfBlankBlocksIsToldAsFarAsItIsProven) {
  char* const block = allocate();
  const Fault fault = overflow(block, GetParam());
  const Proven expected = proven(kSize + GetParam());
  EXPECT_EQ(fault.damage.length, expected.end - kSize);
  EXPECT_EQ(fault.damage.at_least, expected.at_least);
  EXPECT_EQ(fault.neighbour.user, kSize + GetParam() > kBlock - kHeaderSize ? at(block) + kBlock : 0);
}
INSTANTIATE_TEST_SUITE_P(Lengths, Overrun,
                         testing::Range<std::size_t>(1, kBlocks* kBlock - kHeaderSize - kSize + 1));

TEST_F(BlankTest, BehindTheLastOneNothingTellsHowFar) {
  const Fault fault = overflow(allocate(), 10 * kBlock);
  EXPECT_EQ(fault.damage.length, (kBlocks - 1) * kBlock - kSize);
  EXPECT_TRUE(fault.damage.at_least);
}

TEST_F(BlankTest, AFreedBlockBehindTellsItByItsPoison) {
  char* const block = allocate();
  char* const freed = allocate();
  ASSERT_EQ(freed, block + kBlock);
  ASSERT_TRUE(cache_.deallocate(freed, {}));
  const Fault fault = overflow(block, kBlock - kSize + 20);
  EXPECT_EQ(fault.damage.length, kBlock - kSize + 20);
  EXPECT_FALSE(fault.damage.at_least);
  EXPECT_EQ(fault.neighbour.user, at(freed));
}

}  // namespace
}  // namespace padlock::core
