// The index of idle blocks: finding, removing, damaged links.
#include "core/index/free_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/block/pattern.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::GuardedSpan;

// An index over a region of blocks that lie side by side.
class FreeIndexTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBytes = 1 << 20;

  FreeIndexTest() : region_(Region::create(blocks_.span(), metadata_.span())) { regions_.add(*region_); }

  BlockHeader* make(std::uint32_t granules) {
    const std::uint32_t start = region_->top;
    region_->starts.set(start);
    region_->top += granules;
    BlockHeader* block = region_->header_at(start);
    BlockFields fields;
    fields.granules = granules;
    fields.state = BlockState::kReady;
    write_header(block, fields, keys_);
    fill_poison(block->user(), block->user() + capacity_of(granules), keys_.poison);
    return block;
  }
  BlockHeader* add(std::uint32_t granules) {
    BlockHeader* block = make(granules);
    EXPECT_EQ(index_.insert(block, granules), nullptr);
    return block;
  }

  GuardedSpan blocks_{kBytes};
  GuardedSpan metadata_{Region::metadata_bytes(kBytes)};
  Keys keys_ = Keys::derive(1);
  Region* region_;
  RegionSet regions_{nullptr, nullptr};
  FreeIndex index_{regions_, keys_};
};

TEST_F(FreeIndexTest, AnEmptyIndexFindsNothing) {
  EXPECT_EQ(index_.find_exact(3).block, nullptr);
  EXPECT_EQ(index_.find_best(3).block, nullptr);
  EXPECT_EQ(index_.any().block, nullptr);
  EXPECT_EQ(index_.count(), 0U);
  EXPECT_EQ(index_.bytes(), 0U);
}

TEST_F(FreeIndexTest, InsertMarksIdleAndCountsAndRemoveUndoesBoth) {
  BlockHeader* block = add(5);
  EXPECT_TRUE(region_->idle.test(region_->granule_of(block)));
  EXPECT_EQ(index_.count(), 1U);
  EXPECT_EQ(index_.bytes(), 80U);
  EXPECT_EQ(index_.remove(block, 5), nullptr);
  EXPECT_FALSE(region_->idle.test(region_->granule_of(block)));
  EXPECT_EQ(index_.count(), 0U);
  EXPECT_EQ(index_.bytes(), 0U);
  EXPECT_TRUE(poison_intact(block->user(), block->user() + capacity_of(5), keys_.poison));
  EXPECT_EQ(index_.any().block, nullptr);
}

// Whatever a program reads there of a block that it has freed, using it as a pointer traps.
TEST_F(FreeIndexTest, LinksAreNoCanonicalPointers) {
  std::vector<BlockHeader*> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(add(3));
  for (const BlockHeader* block : blocks) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{8}}) {
      const std::uint64_t link = load_word(block->user() + at);
      EXPECT_NE(link >> 63 & 1, link >> 62 & 1) << link;
    }
  }
}

TEST_F(FreeIndexTest, EveryChangedBitOfALinkIsSeen) {
  for (int i = 0; i < 3; ++i) add(3);
  BlockHeader* const block = region_->header_at(3);  // one with a block on either side
  for (std::size_t i = 0; i < 16; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      block->user()[i] ^= std::byte{1} << bit;
      EXPECT_EQ(index_.verify_links(block, 3), block) << i << ' ' << bit;
      block->user()[i] ^= std::byte{1} << bit;
    }
  }
  EXPECT_EQ(index_.verify_links(block, 3), nullptr);
}

TEST_F(FreeIndexTest, FindExactTakesNoOtherSize) {
  add(70);
  BlockHeader* block = add(71);  // shares a bin with 70
  add(72);
  ASSERT_EQ(bin_of(70), bin_of(71));
  EXPECT_EQ(index_.find_exact(71).block, block);
  EXPECT_EQ(index_.find_exact(71).granules, 71U);
  EXPECT_EQ(index_.find_exact(68).block, nullptr);
  EXPECT_EQ(index_.find_exact(10).block, nullptr);
}

TEST_F(FreeIndexTest, FindBestTakesTheSmallestThatFits) {
  std::vector<std::uint32_t> sizes{3, 9, 40, 64, 65, 67, 90, 100, 130, 300};
  for (const std::uint32_t size : {100U, 3U, 65U, 300U, 9U, 67U, 40U, 130U, 64U, 90U}) add(size);
  for (std::uint32_t wanted = 1; wanted <= 301; ++wanted) {
    const auto expected = std::lower_bound(sizes.begin(), sizes.end(), wanted);
    const FreeIndex::Hit hit = index_.find_best(wanted);
    ASSERT_EQ(hit.damaged, nullptr);
    ASSERT_EQ(hit.granules, expected == sizes.end() ? 0 : *expected) << wanted;
  }
}

TEST_F(FreeIndexTest, BlocksCanLeaveInAnyOrder) {
  std::vector<int> order{0, 1, 2, 3};
  do {
    std::vector<BlockHeader*> blocks;
    for (int i = 0; i < 4; ++i) blocks.push_back(add(6));
    for (const int i : order) ASSERT_EQ(index_.remove(blocks[static_cast<std::size_t>(i)], 6), nullptr);
    ASSERT_EQ(index_.count(), 0U);
    ASSERT_EQ(index_.find_best(1).block, nullptr);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(FreeIndexTest, EveryFlippedBitOfALinkIsMetBeforeItIsFollowed) {
  BlockHeader* last = add(6);
  BlockHeader* middle = add(6);
  BlockHeader* head = add(6);
  for (BlockHeader* victim : {last, middle, head}) {
    for (unsigned bit = 0; bit < 128; ++bit) {
      std::byte& byte = victim->user()[bit / 8];
      byte ^= std::byte{1} << (bit % 8);
      ASSERT_EQ(index_.verify_links(victim, 6), victim) << bit;
      ASSERT_EQ(index_.remove(victim, 6), victim);
      ASSERT_TRUE(region_->idle.test(region_->granule_of(victim)));
      byte ^= std::byte{1} << (bit % 8);
      ASSERT_EQ(index_.verify_links(victim, 6), nullptr);
    }
  }
  EXPECT_EQ(index_.count(), 3U);
}

TEST_F(FreeIndexTest, ABlockWithSoundLinksNamesTheNeighbourThatDoesNotLinkBack) {
  BlockHeader* last = add(6);
  BlockHeader* middle = add(6);
  BlockHeader* head = add(6);
  last->user()[8] ^= std::byte{1};  // its prev
  EXPECT_EQ(index_.verify_links(middle, 6), last);
  EXPECT_EQ(index_.remove(middle, 6), last);
  last->user()[8] ^= std::byte{1};
  head->user()[0] ^= std::byte{1};  // its next
  EXPECT_EQ(index_.verify_links(middle, 6), head);
  EXPECT_EQ(index_.remove(middle, 6), head);
}

TEST_F(FreeIndexTest, ADamagedHeaderOrNextLinkIsMetBySearches) {
  add(6);
  BlockHeader* head = add(6);
  head->words[1] ^= 1;
  EXPECT_EQ(index_.find_exact(6).damaged, head);
  EXPECT_EQ(index_.find_best(6).damaged, head);
  EXPECT_EQ(index_.any().damaged, head);
  head->words[1] ^= 1;
  head->user()[3] ^= std::byte{4};
  const BlockHeader* sought = index_.find_best(6).damaged;
  // The head fits exactly, so its link need not be followed; removing it finds the damage.
  EXPECT_TRUE(sought == nullptr || sought == head);
  EXPECT_EQ(index_.remove(index_.any().block != nullptr ? index_.any().block : head, 6), head);
}

TEST_F(FreeIndexTest, InsertRefusesBeforeADamagedHead) {
  BlockHeader* head = add(6);
  head->user()[9] ^= std::byte{1};
  BlockHeader* block = make(6);
  EXPECT_EQ(index_.insert(block, 6), head);
  EXPECT_FALSE(region_->idle.test(region_->granule_of(block)));
  EXPECT_EQ(index_.count(), 1U);
}

TEST_F(FreeIndexTest, ExpectedLinksAreFoundWithoutTheBlocksOwn) {
  BlockHeader* last = add(6);
  BlockHeader* middle = add(6);
  BlockHeader* head = add(6);
  for (BlockHeader* block : {last, middle, head}) {
    const IdleLinks kept = *reinterpret_cast<IdleLinks*>(block->user());
    *reinterpret_cast<IdleLinks*>(block->user()) = {1, 2};
    const IdleLinks expected = index_.expected_links(block);
    EXPECT_EQ(expected.next, kept.next);
    EXPECT_EQ(expected.prev, kept.prev);
    *reinterpret_cast<IdleLinks*>(block->user()) = kept;
  }
}

TEST_F(FreeIndexTest, FindsTheSmallestBlockWithRoomForAnAlignedOne) {
  for (std::uint32_t i = 0; i < 12; ++i) add(10 + i);
  for (const std::size_t alignment : {32U, 64U, 128U}) {
    BlockHeader* smallest = nullptr;
    std::uint32_t length = UINT32_MAX;
    for (std::uint32_t start = region_->idle.first_in(0, region_->top); start != Bitmap::kNone;
         start = region_->idle.first_in(start + 1, region_->top)) {
      BlockHeader* const block = region_->header_at(start);
      BlockFields fields;
      ASSERT_EQ(read_header(block, keys_, fields), HeaderVerdict::kIntact);
      if (fields.granules < 10 + lead_at(address_of(block), alignment) || fields.granules >= length) continue;
      smallest = block;
      length = fields.granules;
    }
    EXPECT_EQ(index_.find_best(10, alignment).block, smallest) << alignment;
  }
}

TEST_F(FreeIndexTest, ClearForgetsAll) {
  add(6);
  add(100);
  index_.clear();
  EXPECT_EQ(index_.count(), 0U);
  EXPECT_EQ(index_.bytes(), 0U);
  EXPECT_EQ(index_.find_best(1).block, nullptr);
}

}  // namespace
}  // namespace padlock::core
