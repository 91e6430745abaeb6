// The segment table: look-ups over the whole address space.
#include "runtime/segment_table.h"

#include <gtest/gtest.h>

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kBegin = std::uintptr_t{0x123} << kSlotShift;

TEST(SegmentTable, KnowsEveryAddressOfASegmentAndNoneBeside) {
  segment_table.set_owner(kBegin, 2 * kSlotSize, 7);
  EXPECT_EQ(segment_table.owner_of(kBegin - 1), kNobody);
  EXPECT_EQ(segment_table.owner_of(kBegin), 7);
  EXPECT_EQ(segment_table.owner_of(kBegin + 2 * kSlotSize - 1), 7);
  EXPECT_EQ(segment_table.owner_of(kBegin + 2 * kSlotSize), kNobody);
  EXPECT_EQ(segment_table.begin_of(kBegin + kSlotSize - 1), kBegin);
  EXPECT_EQ(segment_table.begin_of(kBegin + 2 * kSlotSize - 1), kBegin);
  segment_table.set_owner(kBegin, 2 * kSlotSize, kNobody);
  EXPECT_EQ(segment_table.owner_of(kBegin), kNobody);
}

TEST(SegmentTable, AnyNumberIsAnAddress) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(segment_table.owner_of(std::uintptr_t{1} << bit), kNobody) << bit;
  }
  EXPECT_EQ(segment_table.owner_of(UINTPTR_MAX), kNobody);
}

}  // namespace
}  // namespace padlock::runtime
