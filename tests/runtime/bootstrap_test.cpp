// The bootstrap heap: allocations before the runtime is set up.
#include "runtime/memory/bootstrap.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "base/arith.h"
#include "base/units.h"
#include "kernel.h"
#include "os/memory.h"
#include "runtime/holders/place.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {
namespace {

TEST(BootstrapHeap, GivesZeroedAlignedMemoryAndKnowsIt) {
  BootstrapHeap heap;
  for (std::size_t alignment : {0U, 16U, 64U, 4096U, 1U << 20}) {
    for (std::size_t size : {0U, 1U, 15U, 100U, 5000U, 9U << 20}) {
      auto* memory = static_cast<unsigned char*>(heap.allocate(size, alignment));
      ASSERT_NE(memory, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % (alignment == 0 ? 16 : alignment), 0U);
      EXPECT_EQ(place_of(address_of(memory)).holder, Holder::kBootstrap);
      EXPECT_EQ(BootstrapHeap::size_of(memory), size);
      for (std::size_t i = 0; i < size; i += 97) ASSERT_EQ(memory[i], 0);
      std::memset(memory, 0xff, size);
    }
  }
}

TEST(BootstrapHeap, RefusesAbsurdSizes) {
  BootstrapHeap heap;
  EXPECT_EQ(heap.allocate(SIZE_MAX, 0), nullptr);
  EXPECT_EQ(heap.allocate(PTRDIFF_MAX, 0), nullptr);
  EXPECT_EQ(heap.allocate(8, std::size_t{1} << 63), nullptr);
}

TEST(BootstrapHeap, DoesNotOwnOthersMemory) {
  int local = 0;
  EXPECT_EQ(place_of(address_of(&local)).holder, Holder::kNobody);
  EXPECT_EQ(place_of(0).holder, Holder::kNobody);
}

// A search for pointers has to find all of it.
TEST(BootstrapHeap, EveryBlockLiesInWhatItSaysIsUsed) {
  BootstrapHeap heap;
  std::vector<AddressRange> used;
  const auto note = [&](AddressRange range) { used.push_back(range); };
  heap.for_each_used(note);
  EXPECT_TRUE(used.empty());
  std::vector<AddressRange> blocks;
  for (std::size_t size = 1; size <= 16U << 20; size *= 4) {
    for (int i = 0; i < 3; ++i) {
      const std::uintptr_t begin = address_of(heap.allocate(size, 0));
      blocks.push_back({begin, begin + size});
    }
  }
  heap.for_each_used(note);
  EXPECT_GT(used.size(), 3U);
  for (const AddressRange& block : blocks) {
    EXPECT_EQ(std::count_if(used.begin(), used.end(),
                            [&](const AddressRange& range) {
                              return range.begin <= block.begin && block.end <= range.end;
                            }),
              1);
  }
}

// A block for which a slot is just long enough is given one, to its last byte.
TEST(BootstrapHeap, AChunkIsAsLongAsItsBlockNeeds) {
  std::size_t head = 0;
  {
    BootstrapHeap heap;
    ASSERT_NE(heap.allocate(1, 0), nullptr);
    heap.for_each_used([&](AddressRange used) { head = used.begin - segment_table.begin_of(used.begin); });
  }
  constexpr std::size_t kPrefix = 16;
  for (const std::size_t alignment : {std::size_t{16}, std::size_t{4096}}) {
    const std::size_t most = kSlotSize - head - kPrefix - alignment;
    for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
      BootstrapHeap heap;
      const std::uintptr_t block = address_of(heap.allocate(most + more, alignment));
      ASSERT_NE(block, 0U);
      const std::uintptr_t begin = segment_table.begin_of(block);
      EXPECT_EQ(begin % kSlotSize, 0U);
      EXPECT_EQ(segment_table.end_of(block) - begin, (1 + more) * kSlotSize);
      EXPECT_LE(block + most + more, segment_table.end_of(block));
      EXPECT_GE(block, begin + head + kPrefix);
    }
  }
}

// Blocks lie one behind the other until a chunk is full.
TEST(BootstrapHeap, BlocksOfAChunkLieAsCloseAsTheyMay) {
  BootstrapHeap heap;
  std::uintptr_t before = address_of(heap.allocate(100, 0));
  const std::uintptr_t end = segment_table.end_of(before);
  for (;;) {
    const std::uintptr_t block = address_of(heap.allocate(70'000, 0));
    if (segment_table.end_of(block) != end) break;
    EXPECT_GT(block, before);
    EXPECT_LE(block + 70'000, end);
    before = block;
  }
  EXPECT_LT(end - before, 2 * (70'000U + 64));
}

constexpr rlim_t kLimit = 64 * kSlotSize - 4096;

// Of the process, as RLIMIT_DATA counts them.
rlim_t data_bytes() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  for (int field = 0; field < 6; ++field) statm >> pages;
  return pages * os::page_size();
}

// In a child, where memory is limited: then a chunk is a quarter of a megabyte.
void allocate_under_a_limit() {
  const rlimit limit{kLimit, RLIM_INFINITY};
  if (setrlimit(RLIMIT_DATA, &limit) != 0) _exit(2);
  BootstrapHeap heap;
  for (const std::size_t size : {std::size_t{1000}, std::size_t{300'000}}) {
    const std::uintptr_t block = address_of(heap.allocate(size, 0));
    EXPECT_EQ(segment_table.end_of(block) - segment_table.begin_of(block), align_up(size, 256_KiB));
  }
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(BootstrapHeap, WhereMemoryIsLimitedChunksAreShort) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  if (data_bytes() > kLimit / 2) GTEST_SKIP() << "other tests have mapped that much before";
  EXPECT_EXIT(allocate_under_a_limit(), testing::ExitedWithCode(0), "");
}

TEST(BootstrapHeap, ThreadsGetDisjointMemory) {
  BootstrapHeap heap;
  constexpr int kBlocks = 20000;
  const auto use = [&heap](unsigned char mark) {
    std::vector<unsigned char*> blocks;
    for (int i = 0; i < kBlocks; ++i) {
      blocks.push_back(static_cast<unsigned char*>(heap.allocate(300, 0)));
      std::memset(blocks.back(), mark, 300);
    }
    for (const unsigned char* block : blocks) {
      ASSERT_EQ(block[0], mark);
      ASSERT_EQ(block[299], mark);
    }
  };
  std::thread one(use, 1);
  std::thread two(use, 2);
  one.join();
  two.join();
}

}  // namespace
}  // namespace padlock::runtime
