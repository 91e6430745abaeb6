// The bootstrap heap: allocations before the runtime is set up.
#include "runtime/memory/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "base/arith.h"
#include "runtime/holders/place.h"

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
