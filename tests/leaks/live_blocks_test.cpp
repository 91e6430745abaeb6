// From an address to the live block that holds it.
#include "runtime/leaks/live_blocks.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace padlock::runtime {
namespace {

std::uint32_t slow_find(const std::vector<LiveBlock>& blocks, std::uintptr_t address) {
  for (const LiveBlock& block : blocks) {
    if (address == block.begin || address - block.begin < block.size)
      return static_cast<std::uint32_t>(block.begin);
  }
  return LiveBlocks::kNone;
}

TEST(LiveBlocks, FindsNothingWhereThereAreNone) {
  LiveBlocks blocks;
  ASSERT_TRUE(blocks.seal());
  EXPECT_EQ(blocks.find(0), LiveBlocks::kNone);
  EXPECT_EQ(blocks.find(UINTPTR_MAX), LiveBlocks::kNone);
}

TEST(LiveBlocks, FindsABlockByEachOfItsBytes) {
  LiveBlocks blocks;
  constexpr std::uintptr_t kBegin = 0x7fff12345670;
  blocks.add({.begin = kBegin, .size = 40});
  ASSERT_TRUE(blocks.seal());
  for (std::uintptr_t offset = 0; offset < 40; ++offset) EXPECT_EQ(blocks.find(kBegin + offset), 0U);
  EXPECT_EQ(blocks.find(kBegin - 1), LiveBlocks::kNone);
  EXPECT_EQ(blocks.find(kBegin + 40), LiveBlocks::kNone);
}

TEST(LiveBlocks, FindsABlockThatIsLongerThanASlot) {
  LiveBlocks blocks;
  constexpr std::uintptr_t kBegin = 0x10fffff0;
  blocks.add({.begin = kBegin, .size = std::uint64_t{5} << 24});
  blocks.add({.begin = kBegin - 0x100, .size = 16});
  ASSERT_TRUE(blocks.seal());
  EXPECT_EQ(blocks.find(kBegin - 0xff), 0U);
  for (std::uintptr_t at = kBegin; at < kBegin + (std::uintptr_t{5} << 24); at += 0x12345)
    EXPECT_EQ(blocks.find(at), 1U);
  EXPECT_EQ(blocks.find(kBegin + (std::uintptr_t{5} << 24)), LiveBlocks::kNone);
}

TEST(LiveBlocks, FindsAnArrayOfNoObjectsAtItsEndOnlyWhereTheCountIsZero) {
  alignas(16) std::size_t none[2] = {0, 0};
  alignas(16) std::size_t some[2] = {7, 0};
  LiveBlocks blocks;
  const auto at = reinterpret_cast<std::uintptr_t>(&none[0]);
  const auto other = reinterpret_cast<std::uintptr_t>(&some[0]);
  blocks.add({.begin = at, .size = sizeof none[0]});
  blocks.add({.begin = other, .size = sizeof some[0]});
  ASSERT_TRUE(blocks.seal());
  EXPECT_NE(blocks.find(at + 8), LiveBlocks::kNone);
  EXPECT_EQ(blocks.find(other + 8), LiveBlocks::kNone);
}

TEST(LiveBlocks, FindsWhatASearchOfAllFinds) {
  std::mt19937_64 random(4711);
  for (int round = 0; round < 30; ++round) {
    std::vector<LiveBlock> all;
    LiveBlocks blocks;
    // Low addresses, so that an index and a block's begin are told apart by slow_find().
    std::uintptr_t at = 0x1000000 + random() % 4096 * 16;
    for (int i = 0; i < 400; ++i) {
      const std::uint64_t size = random() % 8 == 0 ? random() % 100000 + 1 : random() % 200 + 9;
      all.push_back({.begin = at, .size = size});
      at += (size + 15) / 16 * 16 + random() % 6 * 16;
      if (random() % 100 == 0) at += std::uintptr_t{1} << 24;
    }
    std::vector<LiveBlock> shuffled = all;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (const LiveBlock& block : shuffled) ASSERT_TRUE(blocks.add(block));
    ASSERT_TRUE(blocks.seal());
    for (int i = 0; i < 20000; ++i) {
      const std::uintptr_t address = 0x1000000 + random() % (at - 0x1000000 + 5000);
      const std::uint32_t found = blocks.find(address);
      const std::uint32_t wanted = slow_find(all, address);
      ASSERT_EQ(
          found == LiveBlocks::kNone ? LiveBlocks::kNone : static_cast<std::uint32_t>(blocks[found].begin),
          wanted);
    }
  }
}

}  // namespace
}  // namespace padlock::runtime
