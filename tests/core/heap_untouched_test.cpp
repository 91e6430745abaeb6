// Long blocks that were hardly touched: freeing them writes no poison over zeros, and writes are found all
// the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/dice.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::raw;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kSize = 200'000;
constexpr std::size_t kMiddle = 100'000;

TestHeapOptions large_region() {
  TestHeapOptions options = TestHeapOptions{}.with_quarantine(4 << 20).lazy();
  options.region_bytes = 2 << 20;
  return options;
}

std::size_t bytes_in_use(const char* block, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  std::size_t bytes = 0;
  for (std::size_t page = at(block); page < at(block) + size; page += kPage) {
    const auto* const begin = reinterpret_cast<const char*>(page);
    const std::size_t length = std::min(kPage, at(block) + size - page);
    if (std::any_of(begin, begin + length, [](char byte) { return byte != 0; })) bytes += kPage;
  }
  return bytes;
}

// The start of a chunk of zeros in the middle of a freed block.
std::uint8_t* zeros_in(char* block) {
  return reinterpret_cast<std::uint8_t*>(chunk_end(at(block) + kMiddle));
}

TEST(HeapUntouched, ZerosOfALongBlockStayZeros) {
  TestHeap heap(large_region());
  char* const block = heap.allocate(kSize);
  block[kMiddle] = 1;
  EXPECT_LE(bytes_in_use(block, kSize), 3U * 4096);
  heap.free(block);
  EXPECT_LE(bytes_in_use(block, kSize), 64U * 1024);
  EXPECT_NE(block[kMiddle], 1);
  EXPECT_EQ(heap.check(), 0U);
  heap.drain();
  EXPECT_LE(bytes_in_use(block, kSize), 64U * 1024);
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_TRUE(heap.faults.empty());
}

TEST(HeapUntouched, ShorterOnesAreAllPoison) {
  TestHeap heap(large_region());
  char* const block = heap.allocate(kLongBlock - 64);
  heap.free(block);
  EXPECT_TRUE(poison_intact(reinterpret_cast<std::byte*>(block),
                            reinterpret_cast<std::byte*>(block) + kLongBlock - 64, heap.heap.keys().poison));
}

class UntouchedWriteTest : public testing::TestWithParam<bool> {
 protected:
  UntouchedWriteTest() {
    static_cast<void>(heap_.allocate(100));
    std::memset(block_ + kMiddle - 30'000, 1, 5000);
    heap_.free(block_, {7, 2, 0});
    if (GetParam()) heap_.drain();
  }
  void expect_found(const std::uint8_t* begin, std::size_t length) {
    EXPECT_EQ(heap_.check(), 1U);
    const Fault found = heap_.faults.take_only();
    EXPECT_EQ(found.kind, FaultKind::kUseAfterFreeWrite);
    EXPECT_EQ(found.block.user, at(block_));
    EXPECT_EQ(found.block.free_trace, 7U);
    EXPECT_EQ(found.damage.address, at(begin));
    EXPECT_EQ(found.damage.length, length);
    heap_.drain();
    static_cast<void>(heap_.allocate(kSize));
    EXPECT_EQ(heap_.faults.take_only().damage.length, length);
    EXPECT_EQ(heap_.check(), 0U);
  }

  TestHeap heap_{large_region()};
  char* block_ = heap_.allocate(kSize);
};

TEST_P(UntouchedWriteTest, AByteAmongZeros) {
  std::uint8_t* const zeros = zeros_in(block_);
  zeros[5] = 1;
  expect_found(zeros + 5, 1);
}

TEST_P(UntouchedWriteTest, AllOfAChunkAmongZeros) {
  std::uint8_t* const zeros = zeros_in(block_);
  std::memset(zeros - 3, 7, kZeroChunk + 6);
  expect_found(zeros - 3, kZeroChunk + 6);
}

TEST_P(UntouchedWriteTest, FromPoisonIntoZeros) {
  std::uint8_t* poison = zeros_in(block_);
  while (*poison == 0) poison -= kZeroChunk;  // what was touched
  std::memset(poison + 100, 7, 2 * kZeroChunk);
  expect_found(poison + 100, 2 * kZeroChunk);
}

TEST_P(UntouchedWriteTest, ZerosOverPoison) {
  std::uint8_t* poison = zeros_in(block_);
  while (*poison == 0) poison -= kZeroChunk;
  std::memset(poison + 8, 0, kZeroChunk - 16);
  expect_found(poison + 8, kZeroChunk - 16);
}

TEST_P(UntouchedWriteTest, TheWholeBlockCleared) {
  const std::size_t begin = GetParam() ? 16 : 0;  // there lie links
  std::memset(block_ + begin, 0, kSize - begin);
  expect_found(raw(block_) + begin, kSize - begin);
}

INSTANTIATE_TEST_SUITE_P(QuarantinedAndFree, UntouchedWriteTest, testing::Bool());

TEST(HeapUntouched, ChunksThatABlockCutsAreWatchedOnBothSides) {
  for (std::size_t size = 50'000; size < 50'000 + 2 * kZeroChunk; size += 496) {
    TestHeap heap(large_region());
    char* const run = heap.allocate(kSize);
    static_cast<void>(heap.allocate(100));
    heap.free(run);
    heap.drain();
    char* const cut = heap.allocate(size, size % 1024 == 0 ? 64 : 0);
    ASSERT_LT(at(cut), at(run) + kSize);
    EXPECT_EQ(heap.check(), 0U) << size;
    const std::uintptr_t rest = at(cut) + align_up(size + kMinPadding, kGranule);
    auto* const behind = reinterpret_cast<std::uint8_t*>(chunk_end(rest + kHeaderSize + 16) - 1);
    *behind ^= 1;
    EXPECT_EQ(heap.check(), 1U) << size;
    EXPECT_EQ(heap.faults.take_only().damage.address, at(behind));
    *behind ^= 1;
    heap.free(cut);
    heap.drain();
    EXPECT_EQ(heap.check(), 0U) << size;
    EXPECT_NE(heap.allocate(kSize), nullptr);
    EXPECT_TRUE(heap.faults.empty());
  }
}

TEST(HeapUntouched, AnyOrderOfCallsIsSound) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    test::Dice dice(seed);
    TestHeap heap(large_region().with_quarantine(seed % 2 == 0 ? 300'000 : 0));
    std::vector<char*> blocks;
    for (int turn = 0; turn < 400; ++turn) {
      if (dice.below(2) == 0 || blocks.empty()) {
        const std::size_t size = dice.below(4) == 0 ? dice.below(3000) : 20'000 + dice.below(250'000);
        const std::size_t alignment = dice.below(4) == 0 ? std::size_t{16} << dice.below(10) : 0;
        char* const block = heap.allocate(size, alignment);
        if (block == nullptr) continue;
        std::memset(block + size / 3, static_cast<int>(dice.below(2)), size / 10);
        blocks.push_back(block);
      } else {
        std::swap(blocks[dice.below(static_cast<std::uint32_t>(blocks.size()))], blocks.back());
        if (dice.below(4) == 0) {
          if (char* const moved = heap.reallocate(blocks.back(), dice.below(200'000)); moved != nullptr) {
            blocks.back() = moved;
          }
        } else {
          heap.free(blocks.back());
          blocks.pop_back();
        }
      }
      if (turn % 50 == 0) heap.drain();
      if (turn % 10 == 0) {
        ASSERT_EQ(heap.check(), 0U) << seed << ' ' << turn;
      }
      ASSERT_TRUE(heap.faults.empty()) << seed << ' ' << turn;
    }
    EXPECT_TRUE(heap.guards_intact());
  }
}

}  // namespace
}  // namespace padlock::core
