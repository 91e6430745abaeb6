// A segment as its arena sees it and as the kernel does: what lies where, how far it is accessible, how it is
// opened, closed and shortened, and which addresses may be blocks'.
#include "runtime/memory/segment.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/cache/quarantine.h"
#include "core/heap/heap.h"
#include "kernel.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::segment_checks {
namespace {

constexpr SegmentOwner kOwner = 59;
constexpr std::size_t kStep = 64_KiB;

std::uint8_t* bytes_at(std::uintptr_t address) { return reinterpret_cast<std::uint8_t*>(address); }

TEST(SegmentMarks, TellWhichPointersMayBeUserPointers) {
  for (const bool continued : {false, true}) {
    const auto mark = static_cast<SlotMark>(continued ? kContinued | 1 : 7);
    const std::uintptr_t lowest = (continued ? 0 : kSegmentBlocksBegin) + core::kHeaderSize;
    const std::uintptr_t end = kSlotSize - kSegmentPage;
    for (const std::uintptr_t around :
         {lowest, kSegmentBlocksBegin + 64, end, std::uintptr_t{kSlotSize} / 2}) {
      for (std::uintptr_t offset = around < 80 ? 0 : around - 80; offset < around + 80; ++offset) {
        const bool may = offset % core::kGranule == 0 && offset >= lowest && offset < end;
        EXPECT_EQ(is_common_user_pointer(5 * kSlotSize + offset, mark), may) << offset << continued;
      }
    }
  }
}

// In a child: a small segment is then as long as its share of the limit, and there is none of many slots.
void map_under_a_limit() {
  constexpr std::size_t kShare = 64;
  for (const std::size_t expected : {8_MiB, 11_MiB + kStep, 16_MiB - kStep}) {
    const rlimit limit{expected * kShare, RLIM_INFINITY};
    if (setrlimit(RLIMIT_DATA, &limit) != 0) _exit(2);
    EXPECT_FALSE(map_segment(kBigSegment).present());
    const Segment small = map_segment(kSmallSegment);
    EXPECT_TRUE(small.present());
    EXPECT_EQ(small.size(), expected);
    EXPECT_EQ(most_in_segment(), expected / 2);
    unmap_segment(small);
  }
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(SegmentLimits, WhereMemoryIsLimitedSegmentsAreAShareOfIt) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  EXPECT_EXIT(map_under_a_limit(), testing::ExitedWithCode(0), "");
}

class SegmentTest : public testing::Test {
 protected:
  SegmentTest() : mapped_(memory_budget.used()), segment_(map_segment(kSmallSegment)) {
    EXPECT_TRUE(segment_.present());
    core::HeapConfig config;
    config.open_memory = &open_blocks;
    heap_.emplace(config, std::span<core::BlockSlot>(slots_));
    EXPECT_TRUE(heap_->add_region(segment_.blocks, segment_.metadata));
    segment_table.set_owner(segment_.begin(), segment_.size(), kOwner);
  }
  ~SegmentTest() override {
    segment_table.set_owner(begin(), kSlotSize, kNoOwner);
    // It may be shorter than it was.
    const std::size_t left = reinterpret_cast<const SegmentHead*>(begin())->size;
    os::unmap(bytes_at(begin()), left);
    memory_budget.give_back(left);
    EXPECT_EQ(memory_budget.used(), mapped_);
  }
  SegmentTest(const SegmentTest&) = delete;
  SegmentTest& operator=(const SegmentTest&) = delete;

  std::uintptr_t begin() const { return segment_.begin(); }
  std::uintptr_t blocks() const { return address_of(segment_.blocks.data()); }
  std::uintptr_t end() const { return blocks() + segment_.blocks.size(); }
  core::Region& region() const { return *region_of_segment(begin()); }
  std::uintptr_t open_end() const { return region().open_end(); }

  // As the heap does it.
  std::uintptr_t open(std::size_t more) {
    const std::uintptr_t opened = open_blocks(open_end(), open_end() + more);
    region().open_to(region().granule_of(opened));
    return opened;
  }

  std::size_t mapped_;
  Segment segment_;
  std::array<core::BlockSlot, 16> slots_;
  std::optional<core::Heap> heap_;
};

TEST_F(SegmentTest, LiesInItsSlot) {
  EXPECT_EQ(begin() % kSlotSize, 0U);
  EXPECT_EQ(segment_.size(), kSlotSize);
  EXPECT_EQ(blocks(), begin() + kSegmentBlocksBegin);
  EXPECT_EQ(end(), begin() + kSlotSize - kSegmentPage);
  EXPECT_EQ(memory_budget.used(), mapped_ + kSlotSize);
  EXPECT_EQ(segment_blocks_begin(begin()), blocks());
  EXPECT_EQ(segment_blocks_end(begin()), end());
  EXPECT_EQ(address_of(&region()), address_of(segment_.metadata.data()));
  EXPECT_FALSE(is_writable(blocks() - 1));
  EXPECT_FALSE(is_writable(end()));
}

TEST_F(SegmentTest, IsOpenedInStepsThatGrowWithIt) {
  std::uintptr_t from = blocks();
  while (from < end()) {
    const std::uintptr_t open = from - blocks();
    const std::uintptr_t step = std::clamp<std::uintptr_t>(open / 8 / kStep * kStep, kStep, 4 * kStep);
    const std::uintptr_t wanted = std::min(from + 1, end());
    EXPECT_FALSE(is_writable(from));
    ASSERT_EQ(open_blocks(from, wanted), std::min(align_up(wanted, step), end()));
    const std::uintptr_t to = std::min(align_up(wanted, step), end());
    region().open_to(region().granule_of(to));
    EXPECT_TRUE(is_writable(from));
    EXPECT_TRUE(is_writable(to - 1));
    EXPECT_FALSE(is_writable(to));
    EXPECT_TRUE(is_in_latest_step(from));
    EXPECT_TRUE(is_in_latest_step(to - 1));
    EXPECT_FALSE(is_in_latest_step(from - 1));
    EXPECT_FALSE(is_in_latest_step(to));
    from = to;
  }
}

// Small blocks are going to come to all of it; of a long one nobody knows what it is for.
TEST_F(SegmentTest, ALongStepForASmallBlockIsBackedByMemoryAtOnce) {
  constexpr std::size_t kLong = 4 * kStep;
  while (open_end() - blocks() < 8 * kLong) open(kStep);
  while (open_end() % kLong != 0) open(1);
  EXPECT_EQ(pages_backed(blocks(), open_end() - kLong), 0U);
  for (const auto& [wanted, pages] : {std::pair(kStep, 64U), {kStep + 1, 0U}, {std::size_t{1}, 64U}}) {
    const std::uintptr_t from = open_end();
    ASSERT_EQ(open(wanted), from + kLong);
    EXPECT_EQ(pages_backed(from, from + kLong), pages) << wanted;
  }
}

TEST_F(SegmentTest, HasZones) {
  open(1);
  const std::uintptr_t front = begin() + reinterpret_cast<const SegmentHead*>(begin())->front;
  EXPECT_EQ(segment_zone(begin()), SegmentZone::kMetadata);
  EXPECT_EQ(segment_zone(front - 1), SegmentZone::kMetadata);
  EXPECT_EQ(segment_zone(front), SegmentZone::kFrontGuard);
  EXPECT_TRUE(is_writable(front - 1));
  EXPECT_FALSE(is_writable(front));
  EXPECT_GE(front, address_of(segment_.metadata.data()) + segment_.metadata.size());
  EXPECT_EQ(segment_zone(blocks() - 1), SegmentZone::kFrontGuard);
  EXPECT_EQ(segment_zone(blocks()), SegmentZone::kBlocks);
  EXPECT_EQ(segment_zone(open_end() - 1), SegmentZone::kBlocks);
  EXPECT_EQ(segment_zone(open_end()), SegmentZone::kBackGuard);
}

TEST_F(SegmentTest, UserPointersHaveAHeaderInFrontThatCanBeRead) {
  open(1);
  for (std::uintptr_t at = blocks() - 64; at < blocks() + 128; ++at)
    EXPECT_EQ(may_be_user_pointer(at), at % core::kGranule == 0 && at >= blocks() + core::kHeaderSize);
  for (std::uintptr_t at = open_end() - 64; at < open_end() + 64; ++at)
    EXPECT_EQ(may_be_user_pointer(at), at % core::kGranule == 0 && at < open_end());
}

TEST_F(SegmentTest, IsClosedAgainButForAStep) {
  for (const std::size_t used : {std::size_t{16}, kStep - 16, kStep, kStep + 16, 3 * kStep}) {
    region().open_to(0);
    open(8 * kStep);
    const std::uintptr_t unallocated = blocks() + used;
    const std::uintptr_t border = align_up(unallocated + 1, std::uintptr_t{kStep});
    ASSERT_EQ(close_blocks({reinterpret_cast<std::byte*>(unallocated), open_end() - unallocated}),
              border - unallocated);
    EXPECT_TRUE(is_writable(border - 1));
    EXPECT_FALSE(is_writable(border));
    EXPECT_FALSE(is_writable(open_end() - 1));
  }
}

TEST_F(SegmentTest, WhatIsLessThanAStepStaysOpen) {
  open(1);
  for (const std::size_t used : {std::size_t{16}, kStep - 16}) {
    const std::uintptr_t unallocated = blocks() + used;
    const std::size_t size = open_end() - unallocated;
    EXPECT_EQ(close_blocks({reinterpret_cast<std::byte*>(unallocated), size}), size);
    EXPECT_TRUE(is_writable(open_end() - 1));
  }
}

TEST_F(SegmentTest, AfterAFaultAPlaceIsOpenAndWhatIsWrittenThereIsNoBlocks) {
  open(1);
  const std::uintptr_t place = open_end() + 5 * kStep + 5000;
  const std::uintptr_t from = align_down(place, std::uintptr_t{kStep});
  ASSERT_TRUE(open_after_fault(place));
  EXPECT_FALSE(is_writable(from - 1));
  EXPECT_TRUE(is_writable(from));
  EXPECT_TRUE(is_writable(from + kStep - 1));
  EXPECT_FALSE(is_writable(from + kStep));
  *bytes_at(place) = 1;
  while (open_end() <= place) open(1);
  EXPECT_EQ(*bytes_at(place), 0);
}

TEST_F(SegmentTest, AfterAFaultInAGuardOnlyThatPageIsOpen) {
  open(1);
  ASSERT_TRUE(open_after_fault(end() + 7));
  EXPECT_TRUE(is_writable(end()));
  EXPECT_FALSE(is_writable(end() - 1));
  ASSERT_TRUE(open_after_fault(blocks() - 1));
  EXPECT_TRUE(is_writable(blocks() - 1));
  EXPECT_FALSE(is_writable(blocks() - kSegmentPage - 1));
}

TEST_F(SegmentTest, AllOfItIsOpenedWhereTheKernelMayNotBeAskedLater) {
  open(1);
  open_all_blocks(blocks());
  EXPECT_TRUE(is_writable(open_end()));
  EXPECT_TRUE(is_writable(end() - 1));
  EXPECT_FALSE(is_writable(end()));
  const std::uintptr_t from = open_end();
  *bytes_at(from + 5) = 1;
  EXPECT_EQ(open(1), align_up(from + 1, std::uintptr_t{kStep}));
  EXPECT_EQ(*bytes_at(from + 5), 0);
  const std::size_t size = open_end() - blocks() - 16;
  EXPECT_EQ(close_blocks({reinterpret_cast<std::byte*>(blocks() + 16), size}), size);
  EXPECT_TRUE(is_writable(end() - 1));
}

TEST_F(SegmentTest, IsShortenedToAGuardPageBehindWhatIsLeft) {
  open(1);
  const std::uintptr_t first = open_end() + 3 * kSegmentPage + 16;
  const std::uintptr_t guard = align_up(first, std::uintptr_t{kSegmentPage});
  ASSERT_EQ(shorten_segment({reinterpret_cast<std::byte*>(first), end() - first}), guard - first);
  EXPECT_EQ(segment_table.end_of(begin()), guard + kSegmentPage);
  EXPECT_EQ(segment_table.owner_of(guard + kSegmentPage - 1), kOwner);
  EXPECT_EQ(segment_table.owner_of(guard + kSegmentPage), kNoOwner);
  EXPECT_FALSE(is_writable(guard));
  EXPECT_EQ(memory_budget.used(), mapped_ + (guard + kSegmentPage - begin()));
}

TEST_F(SegmentTest, IsNotShortenedByLessThanIsWorthACall) {
  const std::uintptr_t segment_end = begin() + kSlotSize;
  const std::uintptr_t least =
      segment_end - kStep - 2 * kSegmentPage;  // its guard page ends a step before the end
  for (const std::uintptr_t first : {segment_end - kSegmentPage - 16, least + kSegmentPage, least + 1}) {
    const std::size_t size = end() - first;
    ASSERT_EQ(shorten_segment({reinterpret_cast<std::byte*>(first), size}),
              first == least + 1 ? kSegmentPage - 1 : size);
  }
}

TEST(Segments, OfSeveralSlotsAreOneInTheTable) {
  const Segment segment = map_segment(kBigSegment);
  ASSERT_TRUE(segment.present());
  EXPECT_EQ(segment.size(), kBigSegment * kSlotSize);
  EXPECT_EQ(segment.blocks.size(), kBigSegment * kSlotSize - kSegmentBlocksBegin - kSegmentPage);
  EXPECT_EQ(most_in_segment(), kSlotSize / 2);
  unmap_segment(segment);
}

}  // namespace
}  // namespace padlock::runtime::segment_checks
