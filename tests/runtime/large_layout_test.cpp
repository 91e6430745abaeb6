// Where a large block lies in its pages, and the table of large blocks.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/arith.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/tables.h"
#include "runtime/large/large_faults.h"
#include "runtime/large/large_mapping.h"
#include "runtime/large/large_move.h"
#include "runtime/large/large_record.h"
#include "runtime/large/map_budget.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kPage = 4096;

TEST(LargeLayout, PaddingEndsWhereTheGuardBegins) {
  for (std::size_t size : {300000U, 300001U, 300007U, 300008U, 300015U, 300016U, 4096U, 1U}) {
    const LargeLayout layout = layout_large(size, 0, kPage);
    EXPECT_EQ(layout.body_size % kPage, 0U);
    EXPECT_EQ(layout.user_offset % 16, 0U);
    EXPECT_GE(layout.user_offset, 32U);
    const std::size_t padding = layout.body_size - layout.user_offset - size;
    EXPECT_GE(padding, 8U) << size;
    EXPECT_LT(padding, 24U) << size;
    EXPECT_LT(layout.user_offset - 32, kPage) << size;
  }
}

TEST(LargeLayout, AlignsWithinAPage) {
  for (std::size_t alignment = 16; alignment <= kPage; alignment *= 2) {
    const LargeLayout layout = layout_large(300001, alignment, kPage);
    EXPECT_EQ(layout.user_offset % alignment, 0U);
    EXPECT_LT(layout.body_size - layout.user_offset - 300001, alignment + 8);
  }
}

// The least number of pages, and the last byte as far right as its alignment allows.
TEST(LargeLayout, IsAsShortAsItCanBe) {
  for (std::size_t alignment = 1; alignment <= 4 * kPage; alignment *= 2) {
    for (std::size_t size = 1; size < 2 * kPage + 100; ++size) {
      const LargeLayout layout = layout_large(size, alignment, kPage);
      const std::size_t step = std::min(std::max<std::size_t>(alignment, 16), kPage);
      const std::size_t padding = layout.body_size - layout.user_offset - size;
      ASSERT_EQ(layout.user_offset % step, 0U);
      ASSERT_EQ(layout.body_size % kPage, 0U);
      ASSERT_GE(padding, core::kMinPadding) << size << " " << alignment;
      ASSERT_LT(padding, core::kMinPadding + step) << size << " " << alignment;
      ASSERT_GE(layout.user_offset, core::kHeaderSize);
      ASSERT_LT(layout.user_offset, core::kHeaderSize + kPage);
      ASSERT_EQ(layout.alignment, std::max<std::size_t>(alignment, 16));
    }
  }
}

TEST(LargeLayout, BeyondAPageTheUserAddressBeginsAPage) {
  const LargeLayout layout = layout_large(100, std::size_t{1} << 20, kPage);
  EXPECT_EQ(layout.user_offset, kPage);
  EXPECT_EQ(layout.body_size, 2 * kPage);
  EXPECT_EQ(layout.alignment, std::size_t{1} << 20);
}

TEST(LargeMapping, AlignsAnyPowerOfTwo) {
  for (std::size_t alignment = 16; alignment <= std::size_t{1} << 28; alignment *= 2) {
    const LargeLayout layout = layout_large(5000, alignment, kPage);
    const LargeMapping mapping = map_large(layout);
    ASSERT_TRUE(mapping.present());
    EXPECT_EQ((mapping.body_begin + layout.user_offset) % alignment, 0U);
    EXPECT_EQ(mapping.map_end - mapping.body_end, large_guard());
    EXPECT_EQ(mapping.body_begin - mapping.map_begin, large_guard());
    unmap_large(mapping);
  }
}

TEST(LargeMapping, MovesPagesWithoutCopying) {
  LargeMapping from = map_large({0, 2 * kPage, 16});
  ASSERT_TRUE(from.present());
  auto* bytes = reinterpret_cast<unsigned char*>(from.body_begin);
  bytes[0] = 1;
  bytes[2 * kPage - 1] = 2;
  const LargeMapping to = move_large(from, 5 * kPage, 3 * kPage);
  ASSERT_TRUE(to.present());
  bytes = reinterpret_cast<unsigned char*>(to.body_begin);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(bytes[2 * kPage - 1], 2);
  EXPECT_EQ(bytes[2 * kPage], 0);
  EXPECT_EQ(to.body_end - to.body_begin, 5 * kPage);
  EXPECT_EQ(to.map_end - to.body_end, 3 * kPage + large_guard());
  EXPECT_EQ(*reinterpret_cast<volatile unsigned char*>(from.body_begin),
            0);  // stays mapped, and holds nothing
  EXPECT_EQ(close_large(from), Closed::kKept);
  EXPECT_DEATH(*reinterpret_cast<volatile unsigned char*>(from.body_begin) = 1, "");
  EXPECT_TRUE(unmap_large(from));
  EXPECT_TRUE(unmap_large(to));
}

// Then the kernel moves tables of pages instead of pages.
TEST(LargeMapping, LongOnesMoveToWhereTheyLieAlikeInTheirTables) {
  constexpr std::size_t kTable = std::size_t{2} << 20;
  for (const std::size_t size : {kTable, 3 * kTable}) {
    const LargeMapping from = map_large({0, size, 16});
    ASSERT_TRUE(from.present());
    const LargeMapping to = move_large(from, 2 * size, size);
    ASSERT_TRUE(to.present());
    EXPECT_EQ((to.body_begin - from.body_begin) % kTable, 0U);
    EXPECT_EQ(to.body_begin - to.map_begin, large_guard());
    EXPECT_EQ(to.body_size(), 2 * size);
    EXPECT_EQ(to.map_end - to.body_end, size + large_guard());
    EXPECT_TRUE(unmap_large(from));
    EXPECT_TRUE(unmap_large(to));
  }
}

TEST(LargeMapping, IsClosedWithItsPagesAndOpenedAgain) {
  LargeMapping mapping = map_large({0, 8 * kPage, 16});
  ASSERT_TRUE(mapping.present());
  auto* const last = reinterpret_cast<volatile unsigned char*>(mapping.body_end - 1);
  *last = 9;
  ASSERT_EQ(close_large(mapping), Closed::kKept);
  EXPECT_DEATH(*last = 1, "");
  ASSERT_TRUE(open_large(mapping, {0, 3 * kPage, 16}));
  EXPECT_EQ(mapping.body_end - mapping.body_begin, 3 * kPage);
  EXPECT_EQ(*last, 9);
  EXPECT_DEATH(*reinterpret_cast<volatile unsigned char*>(mapping.body_begin - 1) = 1, "");
  EXPECT_DEATH(*reinterpret_cast<volatile unsigned char*>(mapping.body_end) = 1, "");
  ASSERT_EQ(close_large(mapping), Closed::kKept);
  empty_large(mapping);
  ASSERT_TRUE(open_large(mapping, {0, 8 * kPage, 16}));
  EXPECT_EQ(*last, 0);
  EXPECT_TRUE(unmap_large(mapping));
}

TEST(LargeMapping, CopyingLeavesUntouchedPagesUntouched) {
  const LargeMapping from = map_large({0, 64 * kPage, 16});
  const LargeMapping to = map_large({0, 64 * kPage, 16});
  *reinterpret_cast<unsigned char*>(from.body_begin + 5 * kPage) = 7;
  copy_to_zeroed(to.body_begin + 16, from.body_begin, 63 * kPage);
  EXPECT_EQ(*reinterpret_cast<unsigned char*>(to.body_begin + 5 * kPage + 16), 7);
  unsigned char resident[64];
  ASSERT_EQ(mincore(reinterpret_cast<void*>(to.body_begin), 64 * kPage, resident), 0);
  EXPECT_LE(std::count(std::begin(resident), std::end(resident), 1), 3);  // and the zero page, read above
  EXPECT_TRUE(unmap_large(from));
  EXPECT_TRUE(unmap_large(to));
}

// A record of a live block of 5000 bytes in the second and third of four pages.
class LargeRecordTest : public testing::Test {
 protected:
  LargeRecordTest() {
    const std::uintptr_t begin = align_up(reinterpret_cast<std::uintptr_t>(memory_), kPage);
    record_.mapping = LargeMapping{begin, begin + 4 * kPage, begin + kPage, begin + 3 * kPage, 0, 0}.sealed();
    record_.block.header = begin + kPage + 3 * core::kHeaderSize;
    record_.block.user = record_.block.header + core::kHeaderSize;
    record_.block.block_size = record_.mapping.body_end - record_.block.header;
    record_.block.requested = 5000;
    record_.block.number = 7;
    record_.block.state = core::BlockState::kLive;
    seal_large(record_, keys_);
  }
  bool holds_with(std::uintptr_t LargeMapping::*field, std::uintptr_t value) const {
    LargeRecord changed = record_;
    changed.mapping.*field = value;
    changed.mapping = changed.mapping.sealed();
    return record_holds(changed, keys_);
  }
  bool holds_with(std::uint64_t core::BlockSnapshot::*field, std::uint64_t value) const {
    LargeRecord changed = record_;
    changed.block.*field = value;
    return record_holds(changed, keys_);
  }

  core::Keys keys_ = core::Keys::derive(0x5eed);
  LargeRecord record_;
  std::byte memory_[5 * kPage]{};
};

TEST_F(LargeRecordTest, HoldsAsLongAsItsPartsLieWithinOneAnother) {
  const LargeMapping& mapping = record_.mapping;
  const core::BlockSnapshot& block = record_.block;
  EXPECT_TRUE(record_holds(record_, keys_));
  EXPECT_TRUE(holds_with(&LargeMapping::body_begin, block.header));
  EXPECT_FALSE(holds_with(&LargeMapping::body_begin, block.header + 1));
  EXPECT_TRUE(holds_with(&LargeMapping::body_end, block.user + block.requested));
  EXPECT_FALSE(holds_with(&LargeMapping::body_end, block.user + block.requested - 1));
  EXPECT_FALSE(holds_with(&LargeMapping::body_end, block.user));
  EXPECT_FALSE(holds_with(&LargeMapping::body_end, block.header));
  EXPECT_TRUE(holds_with(&core::BlockSnapshot::requested, mapping.body_end - block.user));
  EXPECT_FALSE(holds_with(&core::BlockSnapshot::requested, mapping.body_end - block.user + 1));
}

TEST_F(LargeRecordTest, OfItsMappingEveryBitCounts) {
  static_assert(sizeof(LargeMapping) == 6 * sizeof(std::uint64_t));
  auto* const words = reinterpret_cast<std::uint64_t*>(&record_.mapping);
  for (unsigned bit = 0; bit < 6 * 64; ++bit) {
    words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    EXPECT_FALSE(record_holds(record_, keys_)) << bit;
    words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  EXPECT_TRUE(record_holds(record_, keys_));
}

// To a page of another's, which none of these functions may change.
TEST(LargeMapping, ThatWasOverwrittenIsNotActedOn) {
  const LargeMapping sound = map_large({0, 8 * kPage, 16});
  const LargeMapping other = map_large({0, 8 * kPage, 16});
  ASSERT_TRUE(sound.holds());
  auto* const page = reinterpret_cast<unsigned char*>(other.body_begin);
  *page = 42;
  LargeMapping changed = sound;
  changed.map_begin = changed.body_begin = other.body_begin;
  changed.map_end = changed.body_end = other.body_end;
  EXPECT_FALSE(unmap_large(changed));
  EXPECT_EQ(close_large(changed), Closed::kRefused);
  empty_large(changed);
  EXPECT_FALSE(open_large(changed, {0, kPage, 16}));
  EXPECT_FALSE(set_body_end(changed, changed.body_begin + kPage));
  EXPECT_FALSE(move_large(changed, 2 * kPage, kPage).present());
  EXPECT_EQ(*page, 42);
  EXPECT_TRUE(unmap_large(sound));
  EXPECT_TRUE(unmap_large(other));
}

// A block in the program's hands is in no list of freed ones.
TEST_F(LargeRecordTest, OfALiveBlockHoldsOnlyWhereItIsOpen) {
  for (const LargePlace place :
       {LargePlace::kBusy, LargePlace::kKept, LargePlace::kEmptied, LargePlace::kGone}) {
    record_.place = place;
    EXPECT_FALSE(record_holds(record_, keys_));
  }
}

TEST_F(LargeRecordTest, OfABlockWithoutBytesDoesNotHoldWhereItsBodyEndsAtIt) {
  record_.block.requested = 0;
  EXPECT_TRUE(holds_with(&LargeMapping::body_end, record_.block.user + 1));
  EXPECT_FALSE(holds_with(&LargeMapping::body_end, record_.block.user));
  EXPECT_FALSE(holds_with(&LargeMapping::body_end, record_.block.user - 1));
}

TEST_F(LargeRecordTest, OfItsBlockEveryBitOfItsPlaceAndOfItsHeaderCounts) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t change = std::uint64_t{1} << bit;
    LargeRecord changed = record_;
    changed.block.header ^= change;
    EXPECT_FALSE(record_holds(changed, keys_)) << bit;
    changed = record_;
    changed.block.user ^= change;
    EXPECT_FALSE(record_holds(changed, keys_)) << bit;
    for (std::uint64_t& word : changed.header) {
      changed.block.user = record_.block.user;
      word ^= change;
      EXPECT_FALSE(record_holds(changed, keys_)) << bit;
      word ^= change;
    }
  }
}

TEST_F(LargeRecordTest, ThatDoesNotHoldIsReportedAsItself) {
  FaultNotes notes;
  report_record(record_, core::Moment::kExit, notes);
  const core::Fault fault = notes.only();
  EXPECT_EQ(fault.kind, core::FaultKind::kMetadataCorruption);
  EXPECT_EQ(fault.moment, core::Moment::kExit);
  EXPECT_EQ(fault.table, core::Table::kRecord);
  EXPECT_EQ(fault.address, reinterpret_cast<std::uintptr_t>(&record_));
  EXPECT_FALSE(fault.block.present());
}

TEST(MapBudget, LeavesHalfOfThemToTheProgram) {
  MapBudget budget;
  budget.set_limit(1000);
  EXPECT_TRUE(budget.take_where_roomy(125));
  EXPECT_FALSE(budget.take_where_roomy(1));
  EXPECT_TRUE(budget.take(375));
  EXPECT_FALSE(budget.take(1));
  budget.take_anyway(3);
  budget.give_back(4);
  EXPECT_TRUE(budget.take(1));
  EXPECT_EQ(budget.used(), 500U);
  EXPECT_EQ(budget.most_blocks(), 1000U);
}

TEST(MapBudget, KnowsTheKernelsLimit) {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/vm/max_map_count") >> limit;
  EXPECT_EQ(most_mappings(), limit == 0 ? 65530 : limit);
}

LargeRecord record_of(std::uintptr_t user) {
  LargeRecord record;
  record.block.user = user;
  return record;
}

// However many come and go, no more memory is needed than for those that are there at once.
TEST(LargeTable, UsesRecordsAgain) {
  LargeTable table;
  std::set<const LargeRecord*> records;
  for (std::uintptr_t i = 1; i <= 10'000; ++i) {
    records.insert(table.insert(record_of(i * 4096)));
    if (i > 3) table.erase(table.find((i - 3) * 4096));
  }
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(records.size(), 4U);
}

TEST(LargeTable, GivesOutEachRecordThatCameBackBeforeOthers) {
  LargeTable table;
  std::set<const LargeRecord*> records;
  for (std::uintptr_t i = 1; i <= 100; ++i) records.insert(table.insert(record_of(i * 4096)));
  EXPECT_EQ(records.size(), 100U);
  for (std::uintptr_t i = 1; i <= 100; ++i) table.erase(table.find(i * 4096));
  for (std::uintptr_t i = 1; i <= 100; ++i) records.insert(table.insert(record_of(i * 4096)));
  EXPECT_EQ(records.size(), 100U);
  LargeRecord* const reserved = table.reserve();
  table.give_back(reserved);
  EXPECT_EQ(table.insert(record_of(4096 * 101)), reserved);
}

TEST(LargeTable, ItsRecordsLieSideBySide) {
  LargeTable table;
  std::set<std::uintptr_t> pages;
  constexpr std::size_t kCount = 3000;
  for (std::uintptr_t i = 1; i <= kCount; ++i)
    pages.insert(reinterpret_cast<std::uintptr_t>(table.insert(record_of(i * 4096))) / kPage);
  EXPECT_LT(pages.size(), 2 * kCount * sizeof(LargeRecord) / kPage);
}

// So that few records share a bucket: half as many as there are at most have one before them.
TEST(LargeTable, HasAsManyBucketsAsRecords) {
  LargeTable table;
  for (std::uintptr_t i = 1; i <= 40'000; ++i) {
    ASSERT_NE(table.insert(record_of(i * 4096)), nullptr);
    if (i % 4000 != 0) continue;
    std::size_t buckets = 0;
    table.for_each([&](const LargeRecord& record) { buckets += record.next == nullptr ? 1U : 0U; });
    EXPECT_GT(buckets, i * 59 / 100) << i;
  }
}

TEST(LargeTable, WithoutMemoryItTakesWhatItHasRoomForAndGoesOnLater) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  LargeTable table;
  ASSERT_NE(LargeTable().insert(record_of(16)), nullptr);  // with memory it takes any
  std::size_t before = 0;
  std::size_t at_once = 0;
  std::uintptr_t last = 0;
  ASSERT_TRUE(where_refused({SYS_mmap, {}}, [&] {
    os::unmap_table_reserve();
    before = table.insert(record_of(16)) == nullptr ? 1 : 0;
  }));
  EXPECT_EQ(before, 1U);
  EXPECT_EQ(table.find(16), nullptr);
  ASSERT_NE(table.insert(record_of(++last * 4096)), nullptr);
  ASSERT_TRUE(where_refused({SYS_mmap, {}}, [&] {
    os::unmap_table_reserve();
    while (at_once < 10'000 && table.insert(record_of((last + 1) * 4096)) != nullptr) {
      ++last;
      ++at_once;
    }
  }));
  EXPECT_LT(at_once, 10'000U);
  EXPECT_EQ(table.size(), last);
  for (std::uintptr_t i = 1; i <= last; ++i) ASSERT_NE(table.find(i * 4096), nullptr);
  EXPECT_NE(table.insert(record_of(++last * 4096)), nullptr);
}

TEST(LargeTable, WithoutMemoryForMoreBucketsItKeepsThoseThatItHas) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  LargeTable table;
  constexpr std::uintptr_t kBuckets = 4096;
  LargeRecord* spare[8];
  for (LargeRecord*& one : spare) one = table.reserve();
  for (std::uintptr_t i = 1; i <= kBuckets; ++i) ASSERT_NE(table.insert(record_of(i * 4096)), nullptr);
  for (LargeRecord* const one : spare) table.give_back(one);
  const LargeRecord* more = nullptr;
  ASSERT_TRUE(where_refused({SYS_mmap, {}}, [&] {
    os::unmap_table_reserve();
    more = table.insert(record_of((kBuckets + 1) * 4096));
  }));
  ASSERT_NE(more, nullptr);
  EXPECT_EQ(table.find((kBuckets + 1) * 4096), more);
  for (std::uintptr_t i = 1; i <= kBuckets; ++i) ASSERT_NE(table.find(i * 4096), nullptr);
}

TEST(LargeTable, FindsWhatIsInItAndNothingElse) {
  LargeTable table;
  constexpr std::uintptr_t kCount = 20000;  // several doublings
  for (std::uintptr_t i = 1; i <= kCount; ++i) ASSERT_NE(table.insert(record_of(i * 4096)), nullptr);
  EXPECT_EQ(table.size(), kCount);
  for (std::uintptr_t i = 2; i <= kCount; i += 2) table.erase(table.find(i * 4096));
  for (std::uintptr_t i = 1; i <= kCount; ++i) {
    const LargeRecord* record = table.find(i * 4096);
    ASSERT_EQ(record != nullptr, i % 2 == 1) << i;
    if (record == nullptr) continue;
    EXPECT_EQ(record->block.user, i * 4096);
  }
  std::size_t visited = 0;
  table.for_each([&](const LargeRecord&) { ++visited; });
  EXPECT_EQ(visited, kCount / 2);
}

}  // namespace
}  // namespace padlock::runtime
