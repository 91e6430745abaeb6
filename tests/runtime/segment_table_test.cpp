// The segment table: look-ups over the whole address space.
#include "runtime/memory/segment_table.h"

#include <gtest/gtest.h>

#include <new>

#include "base/arith.h"
#include "kernel.h"
#include "os/memory.h"
#include "runtime/memory/segment.h"

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kBegin = std::uintptr_t{0x123} << kSlotShift;

TEST(SegmentTable, KnowsEveryAddressOfASegmentAndNoneBeside) {
  segment_table.set_owner(kBegin, 2 * kSlotSize, 7);
  EXPECT_EQ(segment_table.owner_of(kBegin - 1), kNoOwner);
  EXPECT_EQ(segment_table.owner_of(kBegin), 7);
  EXPECT_EQ(segment_table.owner_of(kBegin + 2 * kSlotSize - 1), 7);
  EXPECT_EQ(segment_table.owner_of(kBegin + 2 * kSlotSize), kNoOwner);
  EXPECT_EQ(segment_table.begin_of(kBegin + kSlotSize - 1), kBegin);
  EXPECT_EQ(segment_table.begin_of(kBegin + 2 * kSlotSize - 1), kBegin);
  segment_table.set_owner(kBegin, 2 * kSlotSize, kNoOwner);
  EXPECT_EQ(segment_table.owner_of(kBegin), kNoOwner);
}

// A mark says how far back it began, up to a distance.
TEST(SegmentTable, KnowsWhereALongSegmentHasBegun) {
  constexpr std::size_t kSlots = 3 * kOwnerOrDistance;
  segment_table.set_owner(kBegin, kSlots * kSlotSize, 7);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::uintptr_t address = kBegin + slot * kSlotSize + 5;
    EXPECT_EQ(segment_table.begin_of(address), kBegin) << slot;
    EXPECT_EQ(segment_table.owner_of(address), 7) << slot;
    if (slot <= kOwnerOrDistance) {
      EXPECT_EQ(segment_begin_by(address, segment_table.mark_of(address)), kBegin) << slot;
    }
  }
  segment_table.set_owner(kBegin, kSlots * kSlotSize, kNoOwner);
}

// Where memory is limited the rest of the slot may be anybody's.
TEST(SegmentTable, KnowsThePartOfASlotThatASegmentIs) {
  constexpr std::size_t kPart = std::size_t{1} << 20;
  void* const memory = map_slots(kPart, os::Protection::kReadWrite);
  ASSERT_NE(memory, nullptr);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  EXPECT_EQ(begin % kSlotSize, 0U);
  static_cast<SegmentHead*>(memory)->size = kPart;
  segment_table.set_owner(begin, kPart, 7);
  EXPECT_EQ(segment_table.owner_of(begin), 7);
  EXPECT_EQ(segment_table.owner_of(begin + kPart - 1), 7);
  EXPECT_EQ(segment_table.owner_of(begin + kPart), kNoOwner);
  EXPECT_EQ(segment_table.owner_of(begin + kSlotSize - 1), kNoOwner);
  EXPECT_FALSE(is_common(segment_table.mark_of(begin)));
  segment_table.set_owner(begin, kPart, kNoOwner);
  os::unmap(memory, kPart);
}

// Its last slot is then a part of one, those behind it are nobody's.
TEST(SegmentTable, KnowsWhereAShortenedSegmentEnds) {
  constexpr std::size_t kLeft = kSlotSize + (std::size_t{1} << 20);
  void* const memory = map_slots(3 * kSlotSize, os::Protection::kReadWrite);
  ASSERT_NE(memory, nullptr);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  segment_table.set_owner(begin, 3 * kSlotSize, 7);
  static_cast<SegmentHead*>(memory)->size = kLeft;
  segment_table.shorten(begin, 3 * kSlotSize);
  EXPECT_TRUE(is_common(segment_table.mark_of(begin)));
  EXPECT_FALSE(is_common(segment_table.mark_of(begin + kSlotSize)));
  EXPECT_EQ(segment_table.owner_of(begin + kLeft - 1), 7);
  EXPECT_EQ(segment_table.begin_of(begin + kLeft - 1), begin);
  EXPECT_EQ(segment_table.owner_of(begin + kLeft), kNoOwner);
  EXPECT_EQ(segment_table.mark_of(begin + 2 * kSlotSize), kNoOwner);
  segment_table.set_owner(begin, kLeft, kNoOwner);
  os::unmap(memory, 3 * kSlotSize);
}

TEST(SegmentTable, SlotsOfLargeBlocksHaveAMarkAndNoOwner) {
  const std::uintptr_t first = kBegin + 8 * kSlotSize;
  segment_table.set_owner(first + kSlotSize, kSlotSize, 7);
  segment_table.set_large(first + 5, 2 * kSlotSize);
  EXPECT_EQ(segment_table.mark_of(first), kLargeMark);
  EXPECT_EQ(segment_table.owner_of(first), kNoOwner);
  EXPECT_EQ(segment_table.owner_of(first + kSlotSize), 7);
  EXPECT_EQ(segment_table.mark_of(first + 2 * kSlotSize), kLargeMark);
  EXPECT_EQ(segment_table.mark_of(first + 3 * kSlotSize), kNoOwner);
  EXPECT_FALSE(is_common(kLargeMark));
  segment_table.set_owner(first, 3 * kSlotSize, kNoOwner);
}

TEST(SegmentTable, WholeSegmentsOfArenasAreCommon) {
  segment_table.set_owner(kBegin, 2 * kSlotSize, 7);
  EXPECT_TRUE(is_common(segment_table.mark_of(kBegin)));
  EXPECT_TRUE(is_common(segment_table.mark_of(kBegin + kSlotSize)));
  segment_table.set_owner(kBegin, 2 * kSlotSize, kNoOwner);
  EXPECT_FALSE(is_common(segment_table.mark_of(kBegin)));
}

// Marks are written page by page, where the table is sealed.
TEST(SegmentTable, EverySlotOfGuardedBlocksIsMarked) {
  constexpr std::size_t kSlots = 8;
  constexpr std::uintptr_t kAcrossPages = std::uintptr_t{2 * 4096 - 3} << kSlotShift;
  segment_table.set_guarded(kAcrossPages, kSlots * kSlotSize);
  EXPECT_EQ(segment_table.mark_of(kAcrossPages - 1), kNoOwner);
  EXPECT_EQ(segment_table.mark_of(kAcrossPages + kSlots * kSlotSize), kNoOwner);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::uintptr_t address = kAcrossPages + slot * kSlotSize + 5;
    EXPECT_EQ(segment_table.mark_of(address), kGuardedMark) << slot;
    EXPECT_EQ(segment_table.owner_of(address), kGuardedOwner) << slot;
    EXPECT_FALSE(is_common(segment_table.mark_of(address)));
  }
  segment_table.set_owner(kAcrossPages, kSlots * kSlotSize, kNoOwner);
}

TEST(SegmentTable, ASlotThatIsToBeLookedAtCloselyStaysSoWhenItsSegmentIsShortened) {
  void* const memory = map_slots(3 * kSlotSize, os::Protection::kReadWrite);
  ASSERT_NE(memory, nullptr);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  static_cast<SegmentHead*>(memory)->size = 3 * kSlotSize;
  segment_table.set_owner(begin, 3 * kSlotSize, 7);
  segment_table.set_uncommon(begin + kSlotSize + 5);
  segment_table.set_uncommon(begin + 3 * kSlotSize);  // nobody's
  EXPECT_EQ(segment_table.mark_of(begin + 3 * kSlotSize), kNoOwner);
  EXPECT_TRUE(is_common(segment_table.mark_of(begin)));
  EXPECT_FALSE(is_common(segment_table.mark_of(begin + kSlotSize)));
  EXPECT_TRUE(is_common(segment_table.mark_of(begin + 2 * kSlotSize)));
  EXPECT_EQ(segment_table.owner_of(begin + kSlotSize), 7);
  EXPECT_EQ(segment_table.begin_of(begin + kSlotSize), begin);
  static_cast<SegmentHead*>(memory)->size = 2 * kSlotSize;
  segment_table.shorten(begin, 3 * kSlotSize);
  EXPECT_TRUE(is_common(segment_table.mark_of(begin)));
  EXPECT_FALSE(is_common(segment_table.mark_of(begin + kSlotSize)));
  EXPECT_EQ(segment_table.owner_of(begin + kSlotSize), 7);
  EXPECT_EQ(segment_table.mark_of(begin + 2 * kSlotSize), kNoOwner);
  segment_table.set_owner(begin, 2 * kSlotSize, kNoOwner);
  os::unmap(memory, 3 * kSlotSize);
}

TEST(SegmentTable, TheBootstrapHeapsSegmentsAreNotCommon) {
  void* const memory = map_slots(kSlotSize, os::Protection::kReadWrite);
  ASSERT_NE(memory, nullptr);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  static_cast<SegmentHead*>(memory)->size = kSlotSize;
  segment_table.set_owner(begin, kSlotSize, kBootstrapOwner);
  EXPECT_FALSE(is_common(segment_table.mark_of(begin)));
  EXPECT_EQ(segment_table.owner_of(begin + kSlotSize - 1), kBootstrapOwner);
  segment_table.set_owner(begin, kSlotSize, kNoOwner);
  os::unmap(memory, kSlotSize);
}

TEST(SegmentTable, LargeBlocksMarkTheSlotsOfTheirFirstAndTheirLastByte) {
  const std::uintptr_t first = kBegin + 20 * kSlotSize;
  segment_table.set_large(first - 1, 2);
  EXPECT_EQ(segment_table.mark_of(first - 1), kLargeMark);
  EXPECT_EQ(segment_table.mark_of(first), kLargeMark);
  segment_table.set_owner(first - kSlotSize, 2 * kSlotSize, kNoOwner);
  segment_table.set_large(first - 2, 2);
  EXPECT_EQ(segment_table.mark_of(first - 1), kLargeMark);
  EXPECT_EQ(segment_table.mark_of(first), kNoOwner);
  EXPECT_EQ(segment_table.mark_of(first - kSlotSize - 1), kNoOwner);
  segment_table.set_owner(first - kSlotSize, kSlotSize, kNoOwner);
  segment_table.set_large((std::uintptr_t{1} << 47) - 1, 2);  // the last slot, and none behind it
  segment_table.set_owner((std::uintptr_t{1} << 47) - kSlotSize, kSlotSize, kNoOwner);
}

TEST(SegmentTable, KnowsWhereASegmentEndsWhateverIsLeftOfIt) {
  constexpr std::size_t kFormer = 4 * kSlotSize;
  void* const memory = map_slots(kFormer, os::Protection::kReadWrite);
  ASSERT_NE(memory, nullptr);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  for (std::size_t left = 4096; left <= kFormer; left += kSlotSize / 8) {
    for (const std::size_t size : {left, left - 4096 + kSlotSize / 8}) {
      static_cast<SegmentHead*>(memory)->size = kFormer;
      segment_table.set_owner(begin, kFormer, 7);
      static_cast<SegmentHead*>(memory)->size = size;
      segment_table.shorten(begin, kFormer);
      for (std::size_t slot = 0; slot < 4; ++slot) {
        const SlotMark mark = segment_table.mark_of(begin + slot * kSlotSize);
        EXPECT_EQ(mark != kNoOwner, slot * kSlotSize < size) << size << " " << slot;
        EXPECT_EQ(is_common(mark), (slot + 1) * kSlotSize <= size) << size << " " << slot;
      }
      EXPECT_EQ(segment_table.owner_of(begin + size - 1), 7) << size;
      EXPECT_EQ(segment_table.owner_of(begin + size), kNoOwner) << size;
      segment_table.set_owner(begin, kFormer, kNoOwner);
    }
  }
  os::unmap(memory, kFormer);
}

// One of its own, between pages that nobody may read.
class OwnSegmentTable : public testing::Test {
 protected:
  OwnSegmentTable()
      : pages_(os::map(sizeof(SegmentTable) + 2 * kPage, os::Protection::kNone)),
        table_(address_of(pages_) + kPage) {
    EXPECT_TRUE(os::protect(at(table_), sizeof(SegmentTable), os::Protection::kReadWrite));
    new (at(table_)) SegmentTable;
  }
  ~OwnSegmentTable() override { os::unmap(pages_, sizeof(SegmentTable) + 2 * kPage); }
  OwnSegmentTable(const OwnSegmentTable&) = delete;
  OwnSegmentTable& operator=(const OwnSegmentTable&) = delete;

  static void* at(std::uintptr_t address) { return reinterpret_cast<void*>(address); }
  SegmentTable& table() { return *static_cast<SegmentTable*>(at(table_)); }
  // Of the marks, a byte for each slot, which come last.
  std::uintptr_t mark_at(std::uintptr_t slot) const {
    return table_ + sizeof(SegmentTable) - (std::uintptr_t{1} << (47 - kSlotShift)) + slot;
  }

  static constexpr std::size_t kPage = 4096;
  void* pages_;
  std::uintptr_t table_;
};

TEST_F(OwnSegmentTable, NothingBehindItIsLookedAt) {
  for (std::uintptr_t beyond = 0; beyond < 3; ++beyond) {
    const std::uintptr_t address = (std::uintptr_t{1} << 47) + beyond * kSlotSize;
    EXPECT_EQ(table().mark_of(address), kNoOwner);
    EXPECT_EQ(table().owner_of(address), kNoOwner);
  }
  EXPECT_TRUE(table().holds(mark_at(0)));
  EXPECT_FALSE(table().holds(mark_at(0) - 1));
  EXPECT_TRUE(table().holds(table_ + sizeof(SegmentTable) - 1));
  EXPECT_FALSE(table().holds(table_ + sizeof(SegmentTable)));
}

TEST_F(OwnSegmentTable, NothingBehindItIsMarked) {
  constexpr std::uintptr_t kEnd = std::uintptr_t{1} << 47;
  table().set_large(kEnd - kSlotSize, 3 * kSlotSize);
  table().set_large(kEnd, kSlotSize);
  EXPECT_EQ(table().mark_of(kEnd - 1), kLargeMark);
  EXPECT_EQ(table().mark_of(kEnd - kSlotSize - 1), kNoOwner);
}

// Nothing is asked of the kernel then: what is closed stays so.
TEST_F(OwnSegmentTable, WhereItIsNotSealedMarksAreJustWritten) {
  constexpr std::uintptr_t kSlot = 5 * kPage;
  ASSERT_TRUE(os::protect(at(mark_at(kSlot)), kPage, os::Protection::kReadOnly));
  EXPECT_DEATH(table().set_owner(kSlot << kSlotShift, kSlotSize, 7), "");
}

TEST_F(OwnSegmentTable, OnlyPagesWithMarksAreOpenWhereItIsSealed) {
  constexpr std::uintptr_t kSlot = 5 * kPage + 7;
  EXPECT_TRUE(is_writable(mark_at(kSlot)));
  table().seal();
  for (const std::uintptr_t slot : {std::uintptr_t{0}, kSlot, (std::uintptr_t{1} << (47 - kSlotShift)) - 1})
    EXPECT_FALSE(is_writable(mark_at(slot)));
  table().set_owner(kSlot << kSlotShift, kSlotSize, 7);
  EXPECT_EQ(table().owner_of(kSlot << kSlotShift), 7);
  EXPECT_FALSE(is_writable(mark_at(5 * kPage) - 1));
  EXPECT_TRUE(is_writable(mark_at(5 * kPage)));
  EXPECT_TRUE(is_writable(mark_at(6 * kPage) - 1));
  EXPECT_FALSE(is_writable(mark_at(6 * kPage)));
  table().unseal();
  EXPECT_TRUE(is_writable(mark_at(0)));
  EXPECT_TRUE(is_writable(mark_at(6 * kPage)));
}

TEST(SegmentTable, AnyNumberIsAnAddress) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(segment_table.owner_of(std::uintptr_t{1} << bit), kNoOwner) << bit;
  }
  EXPECT_EQ(segment_table.owner_of(UINTPTR_MAX), kNoOwner);
}

}  // namespace
}  // namespace padlock::runtime
