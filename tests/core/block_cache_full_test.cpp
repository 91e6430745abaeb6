// A cache whose owner is late in taking what leaves it: what has no room goes on, and no block is lost.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kQuarantined = 2000;  // slots

class FullCache : public ::testing::Test {
 protected:
  TestHeapOptions with_cache() const {
    TestHeapOptions options;
    options.region_bytes = 8 << 20;
    options.config.is_cached = [](const BlockHeader* block, const void* test) {
      return static_cast<const FullCache*>(test)->cache_.holds(block);
    };
    options.config.cached_context = this;
    return options;
  }
  // Through the cache, which had none of that size.
  char* allocate(std::size_t size) {
    const std::uint32_t size_class = size_class::at_least(granules_for(size));
    AllocRequest request;
    request.size = size;
    request.by.number = ++number_;
    BlockSlot suspect;
    if (!cache_.has_ready(size)) {
      BlockSlot lent[1];
      EXPECT_EQ(heap_.heap.lend(size_class::granules_of(size_class), lent, number_, heap_.faults), 1U);
      cache_.add(size_class, lent[0]);
    }
    return static_cast<char*>(cache_.allocate(request, suspect));
  }
  std::size_t held() const {
    return cache_.quarantined_blocks() + cache_.ready_blocks() + cache_.kept_blocks();
  }

  TestHeap heap_{with_cache()};
  std::vector<BlockSlot> quarantine_ = std::vector<BlockSlot>(kQuarantined);
  std::vector<BlockSlot> ready_ = std::vector<BlockSlot>(ReadyBlocks::slots_needed());
  BlockCache cache_{heap_.heap.keys(), quarantine_, 4096, true, ready_};
  std::uint64_t number_ = 0;
};

// Nobody takes those that are to be kept: there are never more of them than fit.
TEST_F(FullCache, WhatIsToBeKeptBeyondItsRoomIsReady) {
  std::vector<char*> blocks;
  for (std::size_t i = 0; i < 4 * BlockCache::kKept * BlockCache::kOneKeptOf; ++i)
    blocks.push_back(allocate(8));
  std::size_t given = 0;
  BlockSlot taken[BlockCache::kSurplus];
  for (std::size_t freed = 0; freed < blocks.size(); ++freed) {
    ASSERT_TRUE(cache_.deallocate(blocks[freed], {}));
    while (const std::size_t count = cache_.take_surplus(taken)) given += count;
    ASSERT_LE(cache_.kept_blocks(), BlockCache::kKept);
    ASSERT_EQ(held() + given, freed + 1);
  }
  EXPECT_EQ(cache_.kept_blocks(), BlockCache::kKept);
  EXPECT_TRUE(cache_.are_kept_due());
  EXPECT_EQ(cache_.kept_bytes(), BlockCache::kKept * kMinBlockGranules * kGranule);
}

// Of every class as many as it has room for, in more bytes than may be ready: some of each are given away,
// and no more at once than there is room for.
TEST_F(FullCache, WhatIsTooMuchIsGivenAwayBitByBit) {
  std::set<const BlockHeader*> all;
  for (std::uint32_t size_class = 0; size_class < size_class::kCount; ++size_class) {
    const std::uint32_t granules = size_class::granules_of(size_class);
    std::vector<BlockSlot> lent(ReadyBlocks::capacity(size_class));
    const std::size_t got = heap_.heap.lend(granules, lent, 1, heap_.faults);
    for (std::size_t i = 0; i < got; ++i) {
      cache_.add(size_class, lent[i]);
      all.insert(lent[i].block);
    }
  }
  ASSERT_EQ(cache_.ready_blocks(), all.size());
  ASSERT_GT(cache_.ready_bytes(), BlockCache::kMostReady);
  BlockSlot taken[BlockCache::kSurplus];
  static_cast<void>(cache_.refill_count(0));
  while (const std::size_t count = cache_.take_surplus(taken)) {
    ASSERT_LE(count, BlockCache::kSurplus);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(all.erase(taken[i].block), 1U);
    ASSERT_EQ(cache_.ready_blocks(), all.size());
    static_cast<void>(cache_.refill_count(0));
  }
  EXPECT_LE(cache_.ready_bytes(), BlockCache::kMostReady);
  while (const std::size_t count = cache_.drain(taken)) {
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(all.erase(taken[i].block), 1U);
  }
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(cache_.ready_bytes(), 0U);
}

}  // namespace
}  // namespace padlock::core
