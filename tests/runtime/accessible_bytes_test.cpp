// How many bytes calls may access from an address on, in blocks of each kind and beside them; and that a look
// at one is remembered.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heard_calls.h"
#include "os/memory.h"
#include "runtime/interposed/glance.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/known_slots.h"

namespace padlock::runtime::accessible_bytes_checks {
namespace {

constexpr std::size_t kSize = 6;

class AccessibleBytes : public HeardCalls {};

TEST_F(AccessibleBytes, RoomIsWhatIsLeftOfTheBlock) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset <= kSize; ++offset) {
      EXPECT_EQ(accessible_at(tail.begin + offset), kSize - offset) << offset;
      EXPECT_EQ(accessible_at(tail.begin + offset, 3), kSize - offset) << offset;
      EXPECT_EQ(program_bytes_at(tail.begin + offset), kSize - offset) << offset;
    }
    EXPECT_EQ(accessible_at(tail.begin - tail.ahead - 1), 0U);
    EXPECT_EQ(is_closed_beyond(tail.begin), tail.kind != BlockKind::kSmall);
  }
  EXPECT_EQ(accessible_at("x"), core::kUnbounded);
  EXPECT_FALSE(is_closed_beyond("x"));
}

TEST_F(AccessibleBytes, AreNoneOfFreedBlocks) {
  for (const Tail& tail : tails(kSize)) {
    free_block(tail);
    EXPECT_EQ(accessible_at(tail.begin), 0U);
    EXPECT_EQ(accessible_at(tail.begin + kSize - 1), 0U);
  }
}

TEST_F(AccessibleBytes, AreNotKnownWhereNoBlockWasEver) {
  const Tail guarded = tail(BlockKind::kGuarded, kSize);
  const char* place = guarded.begin;
  for (int page = 0; page < 1000 && !guarded_blocks.is_empty_at(address_of(place)); ++page)
    place += os::page_size();
  ASSERT_TRUE(guarded_blocks.is_empty_at(address_of(place)));
  EXPECT_TRUE(may_be_in_heap(place));
  EXPECT_EQ(accessible_at(place), core::kUnbounded);
  EXPECT_EQ(accessible_at(guarded.begin + kSize + 1), 0U);
  EXPECT_FALSE(lies_elsewhere(address_of(place), kGuardedMark, 1));
  const LibraryCall site(call(), __builtin_frame_address(0));
  site.reads(place, 100);
  EXPECT_EQ(heard(), "");
}

TEST_F(AccessibleBytes, OfTheLastOneTheHeaderIsRemembered) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  known_headers.forget();
  EXPECT_EQ(accessible_at(small.begin + kSize), 0U);
  EXPECT_FALSE(known_headers.show(address_of(small.begin + kSize), 0));
  EXPECT_EQ(accessible_at(small.begin + kSize - 1), 1U);
  EXPECT_TRUE(known_headers.show(address_of(small.begin + kSize - 1), 1));
}

TEST_F(AccessibleBytes, OfTheLastGuardedOneTheRecordIsRemembered) {
  const Tail guarded = tail(BlockKind::kGuarded, kSize);
  const std::uintptr_t begin = address_of(guarded.begin);
  known_slots.forget();
  EXPECT_FALSE(known_slots.show(begin, 1));
  EXPECT_TRUE(lies_elsewhere(begin, kGuardedMark, 1));
  for (std::size_t offset = 0; offset < kSize; ++offset) {
    EXPECT_TRUE(known_slots.show(begin + offset, kSize - offset)) << offset;
    EXPECT_FALSE(known_slots.show(begin + offset, kSize - offset + 1)) << offset;
    EXPECT_FALSE(known_slots.show(begin + offset, SIZE_MAX)) << offset;
  }
  EXPECT_FALSE(known_slots.show(begin - guarded.ahead - 1, 1));
  // 256 pages on is another page of the same place, where the record's block does not lie.
  EXPECT_FALSE(known_slots.show(begin + 256 * os::page_size(), 0));
  EXPECT_FALSE(known_slots.show(0, 0));
  free_block(guarded);
  EXPECT_FALSE(known_slots.show(begin, 1));
}

// The page of a slot knows its own record, whatever others know.
TEST_F(AccessibleBytes, OfEachGuardedOneItsOwnRecordIsRemembered) {
  known_slots.forget();
  std::vector<Tail> all;
  for (std::size_t size = 1; size < 20; ++size) {
    all.push_back(tail(BlockKind::kGuarded, size));
    EXPECT_TRUE(lies_elsewhere(address_of(all.back().begin), kGuardedMark, size));
  }
  for (std::size_t size = 1; size < 20; ++size) {
    const std::uintptr_t begin = address_of(all[size - 1].begin);
    EXPECT_TRUE(known_slots.show(begin, size)) << size;
    EXPECT_FALSE(known_slots.show(begin, size + 1)) << size;
  }
}

TEST_F(AccessibleBytes, AreShownByAQuickLookAsFarAsTheyGo) {
  for (const Tail& tail : tails(kSize)) {
    if (tail.kind == BlockKind::kSmall) continue;
    const SlotMark mark = segment_table.mark_of(address_of(tail.begin));
    for (std::size_t offset = 0; offset < kSize; ++offset) {
      accessible_at(tail.begin + offset);
      const std::uintptr_t address = address_of(tail.begin) + offset;
      EXPECT_TRUE(lies_elsewhere(address, mark, kSize - offset));
      EXPECT_FALSE(lies_elsewhere(address, mark, kSize - offset + 1));
    }
  }
}

}  // namespace
}  // namespace padlock::runtime::accessible_bytes_checks
