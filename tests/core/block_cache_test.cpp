// A thread's cache in front of a heap: what it hands out, what it takes, and what it leaves to the heap.
#include "core/cache/block_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

class BlockCacheTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kSize = 100;

  void refill(std::size_t count) {
    std::vector<BlockSlot> lent(count);
    const std::uint32_t granules = size_class::granules_of(kClass);
    ASSERT_EQ(heap_.heap.lend(granules, lent, 1, heap_.faults), count);
    for (const BlockSlot& slot : lent) cache_.add(kClass, slot);
  }
  char* allocate(BlockSlot& suspect) {
    AllocRequest request;
    request.size = kSize;
    request.by.number = ++number_;
    return static_cast<char*>(cache_.allocate(request, suspect));
  }
  char* allocate() {
    BlockSlot suspect;
    return allocate(suspect);
  }

  static constexpr std::uint32_t kClass = size_class::at_least(granules_for(kSize));
  TestHeap heap_{with_cache()};
  std::vector<BlockSlot> quarantine_ = std::vector<BlockSlot>(64);
  std::vector<BlockSlot> ready_ = std::vector<BlockSlot>(ReadyBlocks::slots_needed());
  static bool is_cached(const BlockHeader* block, const void* test) {
    return static_cast<const BlockCacheTest*>(test)->cache_.holds(block);
  }
  TestHeapOptions with_cache() const {
    TestHeapOptions options;
    options.config.is_cached = &BlockCacheTest::is_cached;
    options.config.cached_context = this;
    return options;
  }

  BlockCache cache_{heap_.heap.keys(), quarantine_, 0, false, ready_};
  std::uint64_t number_ = 0;
};

TEST_F(BlockCacheTest, HandsOutWhatWasLentAndNothingElse) {
  EXPECT_EQ(allocate(), nullptr);
  refill(2);
  char* const first = allocate();
  char* const second = allocate();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_NE(first, second);
  EXPECT_EQ(allocate(), nullptr);
}

TEST_F(BlockCacheTest, AnAlignedBlockIsFoundAmongTheOthersOfItsClass) {
  constexpr std::size_t kAlignment = 512;
  AllocRequest request;
  request.size = kSize;
  request.alignment = kAlignment;
  request.by.number = ++number_;
  ASSERT_TRUE(BlockCache::serves(request));
  refill(4);  // 144 bytes each: none is aligned but by chance
  BlockSlot suspect;
  BlockSlot lent;
  const std::uint32_t granules = size_class::granules_of(kClass);
  ASSERT_TRUE(heap_.heap.lend_aligned(granules, kAlignment, lent, 1, heap_.faults));
  void* const block = cache_.allocate_lent(lent, request, suspect);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(at(block) % kAlignment, 0U);
  FreeRequest aligned;
  aligned.alignment = kAlignment;
  ASSERT_TRUE(cache_.deallocate(block, aligned));
  char* const other = allocate();  // the latest, aligned or not
  ASSERT_EQ(other, block);
  ASSERT_TRUE(cache_.deallocate(other, {}));
  refill(3);
  request.by.number = ++number_;
  EXPECT_EQ(cache_.allocate(request, suspect), block) << "wherever in the class it is";
  EXPECT_EQ(cache_.allocate(request, suspect), nullptr);
  EXPECT_EQ(suspect.block, nullptr);
  EXPECT_EQ(cache_.ready_blocks(), 7U);
  EXPECT_EQ(cache_.ready_bytes(), std::size_t{7} * granules * kGranule);
  EXPECT_TRUE(heap_.faults.empty());
}

TEST_F(BlockCacheTest, OneInSixteenOfWhatLeavesTheQuarantineIsKept) {
  std::vector<BlockSlot> quarantine(32);
  BlockCache keeping(heap_.heap.keys(), quarantine, 1 << 20, true, ready_);
  BlockSlot kept[BlockCache::kKept];
  std::size_t all = 0;
  constexpr std::size_t kFrees = 4000;
  for (std::size_t i = 0; i < kFrees; ++i) {
    AllocRequest request;
    request.size = kSize;
    request.by.number = ++number_;
    if (!keeping.has_ready(kSize)) {
      BlockSlot lent[1];
      ASSERT_EQ(heap_.heap.lend(size_class::granules_of(kClass), lent, number_, heap_.faults), 1U);
      keeping.add(kClass, lent[0]);
    }
    BlockSlot suspect;
    void* const block = keeping.allocate(request, suspect);
    ASSERT_TRUE(keeping.deallocate(block, {}));
    ASSERT_TRUE(keeping.holds(BlockHeader::of_user(block)));
    ASSERT_EQ(keeping.has_surplus(), keeping.are_kept_due());
    if (!keeping.has_surplus()) continue;
    BlockSlot surplus[BlockCache::kSurplus];
    ASSERT_EQ(keeping.take_surplus(surplus), 0U);
    const std::size_t count = keeping.take_kept(kept);
    all += count;
    for (std::size_t k = 0; k < count; ++k) {
      ASSERT_FALSE(keeping.holds(kept[k].block));
      heap_.heap.take_back(kept[k], Moment::kEviction, heap_.faults);
    }
    ASSERT_FALSE(keeping.are_kept_due());
    ASSERT_EQ(keeping.kept_bytes(), 0U);
  }
  all += keeping.kept_blocks();
  EXPECT_GT(all, kFrees / 16 * 3 / 4);
  EXPECT_LT(all, kFrees / 16 * 5 / 4);
  EXPECT_TRUE(heap_.faults.empty());
}

TEST_F(BlockCacheTest, BlocksOfManyClassesAreBoundedTogether) {
  heap_.add_region(std::size_t{4} << 20);
  BlockSlot taken[BlockCache::kSurplus];
  std::size_t lent_bytes = 0;
  std::size_t returned = 0;
  for (std::uint32_t size_class = 0; size_class < size_class::kCount; ++size_class) {
    std::vector<BlockSlot> lent(ReadyBlocks::capacity(size_class));
    lent.resize(std::min(lent.size(), cache_.refill_count(size_class)));
    const std::size_t count =
        heap_.heap.lend(size_class::granules_of(size_class), lent, ++number_, heap_.faults);
    for (std::size_t i = 0; i < count; ++i) {
      cache_.add(size_class, lent[i]);
      lent_bytes += lent[i].bytes();
    }
    while (const std::size_t surplus = cache_.take_surplus(taken)) {
      for (std::size_t i = 0; i < surplus; ++i) returned += taken[i].bytes();
    }
    ASSERT_EQ(cache_.ready_bytes() + returned, lent_bytes) << "nothing is lost";
    ASSERT_LE(cache_.ready_bytes(), BlockCache::kMostReady + std::size_t{32} * 1024);
  }
  EXPECT_GT(returned, BlockCache::kMostReady);
}

TEST_F(BlockCacheTest, ASecondFreeIsNotTaken) {
  refill(1);
  char* const block = allocate();
  EXPECT_TRUE(cache_.deallocate(block, {}));
  EXPECT_FALSE(cache_.deallocate(block, {}));
}

TEST_F(BlockCacheTest, AnOverflowedBlockIsNotTaken) {
  refill(1);
  char* const block = allocate();
  block[kSize] ^= 1;
  EXPECT_FALSE(cache_.deallocate(block, {}));
  block[kSize] ^= 1;
  EXPECT_TRUE(cache_.deallocate(block, {}));
}

TEST_F(BlockCacheTest, AFreedBlockThatWasWrittenToIsLeftToTheHeap) {
  refill(1);
  char* const block = allocate();
  ASSERT_TRUE(cache_.deallocate(block, {}));
  block[42] ^= 1;
  BlockSlot suspect;
  EXPECT_EQ(allocate(suspect), nullptr);
  ASSERT_EQ(suspect.block, BlockHeader::of_user(block));
  heap_.heap.take_back(suspect, Moment::kReuse, heap_.faults);
  ASSERT_EQ(heap_.faults.size(), 1U);
  EXPECT_EQ(heap_.faults[0].kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(heap_.faults[0].damage.offset, 42);
  EXPECT_EQ(heap_.faults[0].damage.length, 1U);
}

TEST_F(BlockCacheTest, ASlotOfABlockThatWasHandedOutMeanwhileIsADoubleFree) {
  refill(1);
  char* const block = allocate();
  ASSERT_TRUE(cache_.deallocate(block, {}));
  const BlockSlot stale = slot_of(BlockHeader::of_user(block), size_class::granules_of(kClass));
  ASSERT_EQ(allocate(), block);
  heap_.heap.take_back(stale, Moment::kEviction, heap_.faults);
  ASSERT_EQ(heap_.faults.size(), 1U);
  EXPECT_EQ(heap_.faults[0].kind, FaultKind::kDoubleFree);
  EXPECT_EQ(heap_.faults[0].block.user, address_of(block));
  heap_.heap.verify_put_aside(stale, Moment::kExit, 0, heap_.faults);
  ASSERT_EQ(heap_.faults.size(), 2U);
  EXPECT_EQ(heap_.faults[1].moment, Moment::kExit);
  FreeRequest request;
  request.by.thread = 5;
  ASSERT_TRUE(cache_.deallocate(block, request));
  heap_.heap.verify_put_aside(stale, Moment::kExit, 6, heap_.faults);
  EXPECT_EQ(heap_.faults.size(), 2U) << "a thread of the parent freed it";
  heap_.heap.verify_put_aside(stale, Moment::kExit, 5, heap_.faults);
  EXPECT_EQ(heap_.faults.size(), 3U);
}

// Each of two threads found the block live before the other one wrote its header.
TEST_F(BlockCacheTest, OfTwoWhoFreedABlockAtOnceTheLastOneHandsItOut) {
  refill(1);
  char* const block = allocate();
  const std::size_t bytes = size_class::granules_of(kClass) * kGranule;
  const std::vector<char> live(block - kHeaderSize, block - kHeaderSize + bytes);
  FreeRequest by_first;
  by_first.by.trace = 1;
  ASSERT_TRUE(cache_.deallocate(block, by_first));
  std::copy(live.begin(), live.end(), block - kHeaderSize);
  std::vector<BlockSlot> other_ready(ReadyBlocks::slots_needed());
  BlockCache other(heap_.heap.keys(), {}, 0, 1, other_ready);
  FreeRequest by_second;
  by_second.by.trace = 2;
  ASSERT_TRUE(other.deallocate(block, by_second));

  BlockSlot suspect;
  EXPECT_EQ(allocate(suspect), nullptr);
  EXPECT_EQ(suspect.block, BlockHeader::of_user(block));
  heap_.heap.take_back(suspect, Moment::kReuse, heap_.faults);
  EXPECT_EQ(heap_.faults.take_only().kind, FaultKind::kDoubleFree);
  BlockSlot none;
  AllocRequest request;
  request.size = kSize;
  request.by.number = ++number_;
  EXPECT_EQ(other.allocate(request, none), block);
}

TEST_F(BlockCacheTest, ASlotOfABlockThatIsPartOfAnotherOneByNowIsADoubleFree) {
  refill(2);
  char* const second = allocate();
  char* const first = allocate();
  ASSERT_LT(first, second);
  std::vector<BlockSlot> slots;
  for (char* const block : {first, second}) {
    ASSERT_TRUE(cache_.deallocate(block, {}));
    slots.push_back(slot_of(BlockHeader::of_user(block), size_class::granules_of(kClass)));
    heap_.heap.take_back(slots.back(), Moment::kEviction, heap_.faults);
  }
  heap_.drain();
  char* const both = heap_.allocate(2 * kSize);
  ASSERT_EQ(both, first);
  std::memset(both, 0x5A, 2 * kSize);

  heap_.heap.take_back(slots.back(), Moment::kEviction, heap_.faults);
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  EXPECT_EQ(fault.block.user, at(second));
  EXPECT_EQ(heap_.heap.stats().condemned_bytes, 0U);
  EXPECT_EQ(heap_.check(), 0U);
  heap_.free(both);
  EXPECT_TRUE(heap_.faults.empty());
}

TEST_F(BlockCacheTest, ACachedBlockWhoseHeaderWasChangedIsLeftToTheHeap) {
  for (unsigned bit = 0; bit < 8 * kHeaderSize; ++bit) {
    SCOPED_TRACE(bit);
    refill(1);
    char* const block = allocate();
    ASSERT_TRUE(cache_.deallocate(block, {}));
    test::raw(block)[static_cast<int>(bit / 8) - static_cast<int>(kHeaderSize)] ^=
        static_cast<std::uint8_t>(1U << (bit % 8));
    BlockSlot suspect;
    ASSERT_EQ(allocate(suspect), nullptr);
    ASSERT_EQ(suspect.block, BlockHeader::of_user(block));
    heap_.heap.take_back(suspect, Moment::kReuse, heap_.faults);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, bit / 8 >= kHeaderSize - kBackRepair ? FaultKind::kHeapBufferUnderflow
                                                               : FaultKind::kMetadataCorruption);
    EXPECT_EQ(fault.block.user, at(block));
  }
}

TEST_F(BlockCacheTest, ABlankBlockWhoseHeaderWasChangedIsLeftToTheHeap) {
  BlockSlot lent[1];
  ASSERT_EQ(heap_.heap.lend(size_class::granules_of(kClass), lent, 1, heap_.faults), 1U);
  cache_.add(kClass, lent[0]);
  lent[0].block->words[1] ^= 1;
  BlockSlot suspect;
  EXPECT_EQ(allocate(suspect), nullptr);
  EXPECT_EQ(suspect.block, lent[0].block);
}

TEST_F(BlockCacheTest, ABlankBlockIsNotBlamedForTheHeaderBehindIt) {
  refill(2);
  char* const block = allocate();
  const BlockSnapshot blank = heap_.heap.find_block(at(block) - kHeaderSize - 1);
  ASSERT_EQ(blank.state, BlockState::kBlank);
  ASSERT_EQ(blank.header + blank.block_size, at(block) - kHeaderSize);
  block[-32] ^= 1;
  heap_.free(block);
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(fault.block.user, at(block));
  EXPECT_EQ(fault.damage.offset, -32);
  EXPECT_EQ(fault.damage.length, 1U);
}

TEST_F(BlockCacheTest, ACachedBlockThatWasOverrunIsPutAsideAndCountedOnce) {
  refill(2);
  char* const overrun = allocate();
  char* const block = allocate();
  ASSERT_LT(block, overrun);
  ASSERT_TRUE(cache_.deallocate(overrun, {}));
  std::memset(block + kSize, 'A', static_cast<std::size_t>(overrun - block) - kSize + 4);
  heap_.free(block);
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.neighbour.user, at(overrun));
  EXPECT_EQ(heap_.check(), 0U);
  EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());

  BlockSlot suspect;
  EXPECT_EQ(allocate(suspect), nullptr);
  EXPECT_EQ(suspect.block, BlockHeader::of_user(overrun));
  heap_.heap.take_back(suspect, Moment::kReuse, heap_.faults);
  EXPECT_TRUE(heap_.faults.empty());
  EXPECT_EQ(heap_.heap.stats().live_blocks, 0U);
  EXPECT_EQ(heap_.heap.stats().live_bytes + cache_.live_bytes_delta(), 0U);
  EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
  EXPECT_EQ(heap_.check(), 0U);
}

TEST_F(BlockCacheTest, ACachedBlockThatWasOverrunTwiceIsToldAndCountedOnce) {
  refill(2);
  char* const overrun = allocate();
  char* const block = allocate();
  ASSERT_TRUE(cache_.deallocate(overrun, {}));
  std::memset(block + kSize, 'A', static_cast<std::size_t>(overrun - block) - kSize);
  heap_.free(block);
  EXPECT_EQ(heap_.faults.take_only().kind, FaultKind::kHeapBufferOverflow);
  std::memset(overrun - kHeaderSize, 'B', kHeaderSize);

  BlockSlot suspect;
  EXPECT_EQ(allocate(suspect), nullptr);
  heap_.heap.take_back(suspect, Moment::kReuse, heap_.faults);
  EXPECT_TRUE(heap_.faults.empty());
  EXPECT_EQ(heap_.heap.stats().live_blocks, 0U);
  EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
}

TEST_F(BlockCacheTest, AFreeOfTheWrongFamilyOrSizeIsNotTaken) {
  refill(1);
  char* const block = allocate();
  FreeRequest of_new;
  of_new.origin = Origin::kNew;
  EXPECT_FALSE(cache_.deallocate(block, of_new));
  FreeRequest sized;
  sized.size = kSize + 1;
  EXPECT_FALSE(cache_.deallocate(block, sized));
  EXPECT_EQ(cache_.quarantined_blocks() + cache_.ready_blocks(), 0U);
  sized.size = kSize;
  EXPECT_TRUE(cache_.deallocate(block, sized));
}

TEST_F(BlockCacheTest, ThePlainFreeTakesOnlyWhatIsPlain) {
  refill(1);
  char* const block = allocate();
  FreeRequest request;
  request.origin = Origin::kNew;
  EXPECT_FALSE(cache_.deallocate_plain(block, request)) << "of another family";
  request = {};
  request.size = kSize + 1;
  EXPECT_FALSE(cache_.deallocate_plain(block, request)) << "of another size";
  request = {};
  request.alignment = 16;
  EXPECT_FALSE(cache_.deallocate_plain(block, request)) << "alignment is for the other one";
  block[kSize] ^= 1;
  EXPECT_FALSE(cache_.deallocate_plain(block, {})) << "overflowed";
  block[kSize] ^= 1;
  request = {};
  request.size = kSize;
  EXPECT_TRUE(cache_.deallocate_plain(block, request));
  EXPECT_FALSE(cache_.deallocate_plain(block, request)) << "not live any more";
}

TEST_F(BlockCacheTest, ResizingInPlaceLocksThePaddingAnew) {
  refill(1);
  char* const block = allocate();
  AllocRequest request;
  request.size = kSize - 20;
  request.by.number = ++number_;
  ASSERT_TRUE(cache_.resize(block, request));
  block[kSize - 20] ^= 1;
  EXPECT_FALSE(cache_.deallocate(block, {}));
  block[kSize - 20] ^= 1;
  EXPECT_TRUE(cache_.deallocate(block, {}));
}

class PlainReallocTest : public BlockCacheTest {
 protected:
  PlainReallocTest() {
    refill(3);
    block_ = allocate();
    std::memset(block_, 'x', kSize);
  }
  char* reallocate(std::size_t size) {
    AllocRequest request;
    request.size = size;
    request.by = {.trace = 77, .thread = 5, .number = ++number_};
    suspect_ = {};
    return static_cast<char*>(cache_.reallocate_plain(block_, request, suspect_));
  }
  BlockFields fields_of_block(const char* block) {
    BlockFields fields;
    EXPECT_TRUE(cache_.live_and_sound(block, fields));
    return fields;
  }

  char* block_;
  BlockSlot suspect_;
};

TEST_F(PlainReallocTest, StaysWhereItIsLongEnoughAndBelongsToTheNewCall) {
  ASSERT_EQ(reallocate(kSize - 20), block_);
  const BlockFields fields = fields_of_block(block_);
  EXPECT_EQ(fields.requested, kSize - 20);
  EXPECT_EQ(fields.number, number_);
  EXPECT_EQ(fields.alloc_trace, 77U);
  EXPECT_EQ(fields.alloc_thread, 5U);
  block_[kSize - 20] ^= 1;
  EXPECT_FALSE(cache_.deallocate(block_, {})) << "the padding begins where the new size ends";
}

TEST_F(PlainReallocTest, MovesWhereTheBlockIsTooShortOrMuchTooLong) {
  for (const std::size_t size : {kSize + 200, std::size_t{8}}) {
    std::vector<BlockSlot> lent(1);
    const std::uint32_t size_class = size_class::at_least(granules_for(size));
    ASSERT_EQ(heap_.heap.lend(size_class::granules_of(size_class), lent, 1, heap_.faults), 1U);
    cache_.add(size_class, lent[0]);
    char* const old = block_;
    char* const moved = reallocate(size);
    ASSERT_NE(moved, nullptr) << size;
    ASSERT_NE(moved, old) << size;
    EXPECT_EQ(std::string(moved, std::min(kSize, size)), std::string(std::min(kSize, size), 'x'));
    EXPECT_EQ(fields_of_block(moved).requested, size);
    EXPECT_EQ(fields_of_block(moved).number, number_);
    EXPECT_FALSE(cache_.deallocate(old, {})) << "it has been freed";
    const BlockFields freed = fields_of(load_header(BlockHeader::of_user(old)));
    EXPECT_EQ(freed.state, BlockState::kQuarantined);
    EXPECT_EQ(freed.free_trace, 77U);
    EXPECT_EQ(freed.free_thread, 5U);
    block_ = moved;
  }
}

TEST_F(PlainReallocTest, LeavesEverythingAsItIsWhereNoBlockIsReady) {
  EXPECT_EQ(reallocate(kSize + 200), nullptr);
  EXPECT_EQ(suspect_.block, nullptr);
  EXPECT_EQ(fields_of_block(block_).requested, kSize);
  EXPECT_EQ(fields_of_block(block_).number, 1U);
}

TEST_F(PlainReallocTest, LeavesDamagedAndForeignBlocksToTheLongWay) {
  block_[kSize] ^= 1;
  EXPECT_EQ(reallocate(kSize - 20), nullptr) << "overflowed";
  block_[kSize] ^= 1;
  AllocRequest of_new;
  of_new.size = kSize;
  of_new.origin = Origin::kNew;
  of_new.by.number = ++number_;
  block_ = static_cast<char*>(cache_.allocate(of_new, suspect_));
  ASSERT_NE(block_, nullptr);
  EXPECT_EQ(reallocate(kSize - 20), nullptr) << "of another family";
  FreeRequest by_delete;
  by_delete.origin = Origin::kNew;
  ASSERT_TRUE(cache_.deallocate_plain(block_, by_delete));
  EXPECT_EQ(reallocate(kSize - 20), nullptr) << "freed";
}

TEST_F(PlainReallocTest, HandsBackAReadyBlockThatDoesNotVerify) {
  std::vector<BlockSlot> lent(1);
  const std::uint32_t size_class = size_class::at_least(granules_for(kSize + 200));
  ASSERT_EQ(heap_.heap.lend(size_class::granules_of(size_class), lent, 1, heap_.faults), 1U);
  cache_.add(size_class, lent[0]);
  lent[0].block->words[1] ^= 1;
  EXPECT_EQ(reallocate(kSize + 200), nullptr);
  EXPECT_EQ(suspect_.block, lent[0].block);
  EXPECT_EQ(fields_of_block(block_).requested, kSize);
}

}  // namespace
}  // namespace padlock::core
