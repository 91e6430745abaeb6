// What lies in the pages of a large block: of a fresh one, of a resized one up to its last byte, and that
// nothing is left of one whose pages were given back.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/units.h"
#include "budgets.h"
#include "core/block/pattern.h"
#include "fault_notes.h"
#include "kernel.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime::large_contents_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSize = 300000;
constexpr std::uint64_t kKey = 0x5eed;

class LargeContents : public testing::Test {
 protected:
  LargeContents() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 64_MiB;
    limits.kept_bytes = 2_MiB;
    blocks_.set_up(kKey, limits);
  }

  unsigned char* take(std::size_t size, core::Origin origin = core::Origin::kMalloc) {
    bool zeroed = false;
    return static_cast<unsigned char*>(blocks_.allocate({size, 0, origin, {11, 3, 42}}, zeroed));
  }
  LargeBlocks::Resized resize(void* block, std::size_t size, std::size_t smallest = 1) {
    return blocks_.resize(block, {size, 0, core::Origin::kMalloc, {13, 5, 43}}, smallest, notes_).value();
  }

  LargeBlocks blocks_;
  FaultNotes notes_;
};

std::size_t resident_pages(const void* block, std::size_t size) {
  const std::uintptr_t begin = align_down(address_of(block), kPage);
  std::vector<unsigned char> pages(size / kPage);
  EXPECT_EQ(mincore(reinterpret_cast<void*>(begin), pages.size() * kPage, pages.data()), 0);
  return static_cast<std::size_t>(
      std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

// As many whole granules as are to be filled, wherever it begins; each byte is that of its address.
TEST_F(LargeContents, AFreshBlockBeginsWithPoison) {
  const auto usual = settings.options.fill_fresh_max;
  const core::Poison poison = core::Keys::derive(kKey).poison;
  alignas(16) unsigned char bytes[512];
  for (const std::size_t most : {0U, 15U, 16U, 17U, 48U, 4096U}) {
    settings.options.fill_fresh_max = static_cast<std::int64_t>(most);
    for (std::size_t begin = 64; begin < 64 + 17; ++begin) {
      for (std::size_t size = 0; size < 300; size += size < 70 ? 1 : 37) {
        std::memset(bytes, 0xee, sizeof bytes);
        blocks_.fill_fresh(bytes + begin, size);
        const std::size_t end = begin + std::min(size, most / 16 * 16);
        for (std::size_t at = 0; at < sizeof bytes; ++at) {
          const std::uintptr_t address = address_of(bytes + at);
          const std::uint8_t poisoned =
              core::pattern_byte(poison.word(align_down(address, sizeof(std::uint64_t))), address);
          ASSERT_EQ(bytes[at], at >= begin && at < end ? poisoned : 0xee)
              << at << " " << begin << " " << size;
        }
      }
    }
  }
  settings.options.fill_fresh_max = usual;
}

TEST_F(LargeContents, NothingIsLeftOfOneThatIsTooLongToKeep) {
  constexpr std::size_t kLong = 3_MiB;
  unsigned char* const block = take(kLong);
  std::memset(block, 1, kLong);
  EXPECT_GT(resident_pages(block, kLong), kLong / kPage / 2);
  EXPECT_TRUE(blocks_.deallocate(block, {}, notes_));
  EXPECT_EQ(resident_pages(block, kLong), 0U);
}

TEST_F(LargeContents, NothingIsLeftOfThoseThatWereTrimmed) {
  unsigned char* const block = take(kSize);
  std::memset(block, 1, kSize);
  EXPECT_TRUE(blocks_.deallocate(block, {}, notes_));
  EXPECT_GT(resident_pages(block, kSize), kSize / kPage / 2);
  EXPECT_GE(blocks_.trim(notes_), kSize);
  EXPECT_EQ(resident_pages(block, kSize), 0U);
  EXPECT_EQ(blocks_.trim(notes_), 0U);
}

TEST_F(LargeContents, WhatABlockShrinksByIsGivenBack) {
  unsigned char* const block = take(kSize);
  std::memset(block, 1, kSize);
  ASSERT_EQ(resize(block, 2 * kPage).result, block);
  EXPECT_EQ(resident_pages(block + 4 * kPage, kSize - 8 * kPage), 0U);
}

// The page behind the one that has the last byte and the padding is a guard page.
TEST_F(LargeContents, AResizedBlockHasNoMorePagesThanItNeeds) {
  unsigned char* const block = take(kSize);
  const std::uintptr_t user = address_of(block);
  const std::uintptr_t page = align_down(user, kPage) + 20 * kPage;
  for (std::size_t less = 0; less < 2 * core::kMinPadding; ++less) {
    const std::size_t size = page - user - less;
    ASSERT_EQ(resize(block, size).result, block);
    const std::uintptr_t end = less < core::kMinPadding ? page + kPage : page;
    ASSERT_TRUE(is_readable(end - 1)) << less;
    ASSERT_FALSE(is_readable(end)) << less;
    ASSERT_EQ(blocks_.find_exact(block).header + blocks_.find_exact(block).block_size, end);
  }
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(LargeContents, ABlockThatMovesHasRoomToGrowByHalf) {
  unsigned char* const block = take(kSize);
  unsigned char* const moved = static_cast<unsigned char*>(resize(block, 3 * kSize).result);
  ASSERT_NE(moved, block);
  const std::size_t pages = align_up(blocks_.find_exact(moved).block_size, kPage);
  const std::size_t mapped = blocks_.stats().live_mapped_bytes;
  EXPECT_EQ(mapped, pages + align_up(pages / 2, kPage) + 2 * large_guard());
  const std::size_t most = 3 * kSize + align_up(pages / 2, kPage);
  EXPECT_EQ(resize(moved, most).result, moved);
  const std::uintptr_t end = blocks_.find_exact(moved).header + blocks_.find_exact(moved).block_size;
  EXPECT_TRUE(is_readable(end - 1));
  EXPECT_FALSE(is_readable(end));
  EXPECT_NE(resize(moved, most + kPage).result, moved);
}

TEST_F(LargeContents, OneIsResizedInPlaceOverAndOverWithoutMoreMemory) {
  unsigned char* const block = take(kSize);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(resize(block, kSize - 1).result, block);
  const Used before;
  for (std::size_t i = 0; i < 60'000; ++i) ASSERT_EQ(resize(block, kSize - i % 3).result, block);
  EXPECT_EQ(Used(), before);
}

TEST_F(LargeContents, OfFewerBytesThanAreWorthItNothingIsResized) {
  unsigned char* const block = take(kSize);
  EXPECT_EQ(resize(block, 5000, 5000).result, block);
  EXPECT_EQ(resize(block, 4999, 5000).result, nullptr);
  EXPECT_EQ(blocks_.find_exact(block).requested, 5000U);
}

// Whether it is resized or not.
TEST_F(LargeContents, WhatIsBrokenWhereABlockIsResizedIsReportedOnce) {
  unsigned char* const block = take(kSize);
  block[kSize] ^= 0x55;
  EXPECT_EQ(resize(block, 4999, 5000).result, nullptr);
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(notes_.only().moment, core::Moment::kRealloc);
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
  EXPECT_EQ(resize(block, 4999, 5000).result, nullptr);
  EXPECT_EQ(notes_.faults.size(), 1U);
}

TEST_F(LargeContents, ABlockOfAnotherFamilyIsResizedAndReported) {
  unsigned char* const block = take(kSize, core::Origin::kNew);
  EXPECT_EQ(resize(block, 5000).result, block);
  const core::Fault fault = notes_.only();
  EXPECT_EQ(fault.kind, core::FaultKind::kAllocDeallocMismatch);
  EXPECT_EQ(fault.given_origin, core::Origin::kMalloc);
  EXPECT_EQ(fault.moment, core::Moment::kRealloc);
  EXPECT_EQ(fault.block.alloc_trace, 11U);
  unsigned char* const own = take(kSize, core::Origin::kNewArray);
  notes_.faults.clear();
  EXPECT_NE(blocks_.resize(own, {5000, 0, core::Origin::kNewArray, {13, 5, 43}}, 1, notes_)->result, nullptr);
  EXPECT_TRUE(notes_.faults.empty());
}

}  // namespace
}  // namespace padlock::runtime::large_contents_checks
