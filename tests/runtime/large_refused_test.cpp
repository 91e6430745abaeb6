// The pages of large blocks where the kernel refuses, or a budget is used up: nothing is lost, what stays as
// it was has its contents, and both budgets know of what there is.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/units.h"
#include "budgets.h"
#include "kernel.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/memory_locks.h"
#include "runtime/large/large_mapping.h"
#include "runtime/large/large_move.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime::large_refused_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kReadWrite = PROT_READ | PROT_WRITE;

std::uint8_t& byte_at(std::uintptr_t address) { return *reinterpret_cast<std::uint8_t*>(address); }

// A mapping whose pages begin and end with 1.
LargeMapping marked(std::size_t size) {
  const LargeMapping mapping = map_large({0, size, 16});
  for (std::uintptr_t page = mapping.body_begin; page < mapping.body_end; page += kPage)
    byte_at(page) = byte_at(page + kPage - 1) = 1;
  return mapping;
}
void expect_marked(std::uintptr_t begin, std::size_t size) {
  for (std::uintptr_t page = begin; page < begin + size; page += kPage) {
    ASSERT_EQ(byte_at(page), 1);
    ASSERT_EQ(byte_at(page + kPage - 1), 1);
  }
}

TEST(RefusedLargeMapping, WhatCannotBeOpenedIsGivenBackAndAnotherMadeByMarkers) {
  Used before;
  Used after;
  LargeMapping mapping;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] {
    before = Used();
    mapping = map_large({0, 3 * kPage, 16});
    after = Used();
  }));
  ASSERT_TRUE(mapping.present());
  EXPECT_EQ(after.pages, before.pages + mapping.size() / kPage);
  EXPECT_EQ(after.memory, before.memory + mapping.size());
  EXPECT_EQ(after.maps, before.maps + mapping.maps);
  EXPECT_TRUE(is_writable(mapping.body_begin));
  EXPECT_TRUE(is_writable(mapping.body_end - 1));
  if (mapping.maps == 0) {
    EXPECT_FALSE(is_readable(mapping.body_begin - 1));
    EXPECT_FALSE(is_readable(mapping.map_begin));
    EXPECT_FALSE(is_readable(mapping.body_end));
    EXPECT_FALSE(is_readable(mapping.map_end - 1));
  }
  EXPECT_TRUE(unmap_large(mapping));
}

TEST(RefusedLargeMapping, GuardsAreMappingsAsLongAsFewAreInUse) {
  const std::size_t few = kAllMappings / 4;
  for (const bool more : {false, true}) {
    const MapsTaken others(few - map_budget.used() - (more ? 2 : 3));
    const std::size_t before = map_budget.used();
    const LargeMapping mapping = map_large({0, kPage, 16});
    EXPECT_EQ(mapping.maps, more && has_markers() ? 0U : 3U);
    EXPECT_EQ(map_budget.used(), before + mapping.maps);
    EXPECT_FALSE(is_readable(mapping.body_begin - 1));
    EXPECT_FALSE(is_readable(mapping.body_end));
    EXPECT_TRUE(unmap_large(mapping));
    EXPECT_EQ(map_budget.used(), before);
  }
}

// In a child, as markers are forbidden for good.
void map_without_any_mappings() {
  os::forbid_guard_markers();
  const std::size_t none = map_budget.used();
  if (kMemoryCanBeLimited) {
    EXPECT_TRUE(where_refused({SYS_mmap, {}}, [] { EXPECT_FALSE(map_large({0, kPage, 16}).present()); }));
  }
  EXPECT_EQ(map_budget.used(), none);
  const MapsTaken all(kAllMappings);
  const std::size_t before = map_budget.used();
  const LargeMapping mapping = map_large({0, kPage, 16});
  EXPECT_TRUE(mapping.present());
  EXPECT_EQ(mapping.maps, 0U);
  EXPECT_EQ(map_budget.used(), before);
  EXPECT_TRUE(is_writable(mapping.body_begin));
  EXPECT_TRUE(unmap_large(mapping));
  EXPECT_EQ(map_budget.used(), before);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(RefusedLargeMapping, WithoutAnyMappingsThereAreNoGuards) {
  EXPECT_EXIT(map_without_any_mappings(), testing::ExitedWithCode(0), "");
}

// Its guard is as wide as guards are by then.
TEST(RefusedLargeMapping, OneThatIsOpenedAgainEndsBeforeAGuardOfThatTime) {
  LargeMapping mapping = marked(8 * kPage);
  const std::uintptr_t end = mapping.body_end + large_guard();
  ASSERT_EQ(close_large(mapping), Closed::kKept);
  os::note_future_locked(true);
  unmap_large(map_large({0, kPage, 16}));
  EXPECT_TRUE(open_large(mapping, {0, 3 * kPage, 16}));
  os::note_future_locked(false);
  EXPECT_EQ(mapping.body_end, end - kPage);
  EXPECT_EQ(mapping.body_begin, end - 4 * kPage);
  EXPECT_TRUE(is_writable(mapping.body_end - 1));
  EXPECT_TRUE(unmap_large(mapping));
  unmap_large(map_large({0, kPage, 16}));
}

TEST(RefusedLargeMapping, WithoutAddressesThereIsNone) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  for (const std::size_t alignment : {32 * kPage, std::size_t{16}}) {
    Used before;
    Used after;
    LargeMapping mapping;
    ASSERT_TRUE(where_refused({SYS_mmap, {}}, [&] {
      before = Used();
      mapping = map_large({0, 3 * kPage, alignment});
      after = Used();
    }));
    EXPECT_FALSE(mapping.present());
    EXPECT_EQ(after, before);
  }
}

TEST(RefusedLargeMapping, TheBudgetIsUsedUpToTheLastByte) {
  unmap_large(map_large({0, kPage, 16}));  // how wide guards are is known
  const std::size_t size = mapping_size_for({0, 3 * kPage, 16});
  EXPECT_EQ(size, 3 * kPage + 2 * large_guard());
  const Used before;
  {
    const MemoryLimited limited(size - 1);
    EXPECT_FALSE(map_large({0, 3 * kPage, 16}).present());
    EXPECT_EQ(Used(), before);
  }
  const MemoryLimited limited(size);
  const LargeMapping mapping = map_large({0, 3 * kPage, 16});
  ASSERT_TRUE(mapping.present());
  EXPECT_EQ(mapping.size(), size);
  EXPECT_TRUE(unmap_large(mapping));
  EXPECT_EQ(Used(), before);
}

// An alignment beyond a page is made by mapping more, of which both ends are given back.
TEST(RefusedLargeMapping, OfAnAlignedOneNothingIsMappedBesideIt) {
  for (std::size_t i = 0; i < 4 * 15; ++i) {
    const std::size_t alignment = 2 * kPage << i / 4;
    // Wherever the kernel begins to look for a place.
    const std::size_t shift = (1 + i % 4) * kPage;
    void* const before_it = mmap(nullptr, shift, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const LargeLayout layout = layout_large(5000, alignment, kPage);
    const Used before;
    const LargeMapping mapping = map_large(layout);
    ASSERT_TRUE(mapping.present());
    ASSERT_EQ(Used().pages, before.pages + mapping.size() / kPage);
    ASSERT_EQ((mapping.body_begin + layout.user_offset) % alignment, 0U);
    ASSERT_TRUE(is_writable(mapping.body_begin));
    ASSERT_TRUE(is_writable(mapping.body_end - 1));
    ASSERT_FALSE(is_readable(mapping.body_begin - 1));
    ASSERT_FALSE(is_readable(mapping.map_begin));
    ASSERT_FALSE(is_readable(mapping.body_end));
    ASSERT_FALSE(is_readable(mapping.map_end - 1));
    EXPECT_TRUE(unmap_large(mapping));
    ASSERT_EQ(Used(), before);
    munmap(before_it, shift);
  }
}

// Where memory is limited or locked, a page.
TEST(RefusedLargeMapping, GuardsAreWideWhereAddressesCostNothing) {
  const auto guard_of_the_next = [] {
    const LargeMapping mapping = map_large({0, kPage, 16});
    EXPECT_EQ(mapping.body_begin - mapping.map_begin, large_guard());
    EXPECT_EQ(mapping.map_end - mapping.body_end, large_guard());
    EXPECT_TRUE(unmap_large(mapping));
    return large_guard();
  };
  const std::size_t usual = os::memory_limit() == SIZE_MAX ? 64_KiB : kPage;
  EXPECT_EQ(guard_of_the_next(), usual);
  os::note_future_locked(true);
  EXPECT_EQ(guard_of_the_next(), kPage);
  os::note_future_locked(false);
  EXPECT_EQ(guard_of_the_next(), usual);
}

TEST(RefusedLargeMapping, ABodyThatCannotBecomeShorterOrLongerStaysAsItIs) {
  LargeMapping mapping = marked(8 * kPage);
  ASSERT_TRUE(set_body_end(mapping, mapping.body_end - 2 * kPage));
  const LargeMapping was = mapping;
  const Used before;
  bool shorter = true;
  bool longer = true;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] {
    shorter = set_body_end(mapping, was.body_end - kPage);
    longer = set_body_end(mapping, was.body_end + kPage);
  }));
  EXPECT_FALSE(shorter);
  EXPECT_FALSE(longer);
  EXPECT_EQ(mapping.body_end, was.body_end);
  EXPECT_EQ(mapping.maps, was.maps);
  expect_marked(mapping.body_begin, 6 * kPage);
  EXPECT_TRUE(set_body_end(mapping, mapping.body_end));
  EXPECT_EQ(mapping.body_end, was.body_end);
  EXPECT_TRUE(set_body_end(mapping, was.body_end + 2 * kPage));
  EXPECT_EQ(byte_at(was.body_end), 0);  // what was given back
  EXPECT_EQ(byte_at(was.body_end + 2 * kPage - 1), 0);
  EXPECT_FALSE(is_readable(was.body_end + 2 * kPage));
  expect_marked(mapping.body_begin, 6 * kPage);
  EXPECT_EQ(map_budget.used(), before.maps);
  EXPECT_TRUE(unmap_large(mapping));
}

// One that is guarded by markers costs mappings once a part of it is closed, or all of it and opened again.
TEST(RefusedLargeMapping, MappingsThatAreNeededLaterAreCountedOnce) {
  const std::size_t before = map_budget.used();
  for (const bool shortened : {false, true}) {
    LargeMapping mapping;
    {
      const MapsTaken all(kAllMappings);
      mapping = map_large({0, 8 * kPage, 16});
      EXPECT_EQ(mapping.maps, 0U);
      EXPECT_TRUE(set_body_end(mapping, mapping.body_end));
      EXPECT_EQ(mapping.maps, 0U);
    }
    if (has_markers()) {
      for (const std::uintptr_t page :
           {mapping.map_begin, mapping.body_begin - 1, mapping.body_end, mapping.map_end - 1})
        EXPECT_FALSE(is_readable(page));
    }
    EXPECT_EQ(map_budget.used(), before);
    if (shortened) {
      ASSERT_TRUE(set_body_end(mapping, mapping.body_end - kPage));
      EXPECT_EQ(map_budget.used(), before + 3);
      EXPECT_EQ(mapping.maps, 3U);
      ASSERT_TRUE(set_body_end(mapping, mapping.body_end - kPage));
      EXPECT_EQ(map_budget.used(), before + 3);
      EXPECT_FALSE(is_readable(mapping.body_end));
    }
    ASSERT_EQ(close_large(mapping), Closed::kKept);
    ASSERT_TRUE(open_large(mapping, {0, 3 * kPage, 16}));
    EXPECT_EQ(mapping.maps, 3U);
    EXPECT_EQ(map_budget.used(), before + 3);
    EXPECT_TRUE(unmap_large(mapping));
    EXPECT_EQ(map_budget.used(), before);
  }
  const LargeMapping from = marked(2 * kPage);
  LargeMapping moved = move_large(from, 3 * kPage, 0);
  EXPECT_EQ(map_budget.used(), before + from.maps + 4);
  ASSERT_EQ(close_large(moved), Closed::kKept);
  ASSERT_TRUE(open_large(moved, {0, 2 * kPage, 16}));
  EXPECT_EQ(map_budget.used(), before + from.maps + 3);
  EXPECT_TRUE(unmap_large(moved));
  EXPECT_TRUE(unmap_large(from));
  EXPECT_EQ(map_budget.used(), before);
}

TEST(RefusedLargeMapping, OneThatCannotBeOpenedAgainStaysClosed) {
  LargeMapping mapping = marked(8 * kPage);
  ASSERT_EQ(close_large(mapping), Closed::kKept);
  const LargeMapping was = mapping;
  Used before;
  Used after;
  bool opened = true;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] {
    before = Used();
    opened = open_large(mapping, {0, 3 * kPage, 16});
    after = Used();
  }));
  EXPECT_FALSE(opened);
  EXPECT_EQ(after, before);
  EXPECT_EQ(mapping.body_begin, was.body_begin);
  EXPECT_EQ(mapping.body_end, was.body_end);
  EXPECT_EQ(mapping.maps, was.maps);
  EXPECT_TRUE(unmap_large(mapping));
}

TEST(RefusedLargeMapping, OneThatCannotBeUnmappedIsEmptied) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  LargeMapping mapping = marked(4 * kPage);
  ASSERT_EQ(close_large(mapping), Closed::kKept);
  Used before;
  Used after;
  bool unmapped = true;
  ASSERT_TRUE(where_refused({SYS_munmap, {}}, [&] {
    before = Used();
    unmapped = unmap_large(mapping);
    after = Used();
  }));
  EXPECT_FALSE(unmapped);
  EXPECT_EQ(after.memory, before.memory - mapping.size());
  EXPECT_EQ(after.maps, before.maps - mapping.maps);
  EXPECT_EQ(after.pages, before.pages);
  void* const body = reinterpret_cast<void*>(mapping.body_begin);
  ASSERT_EQ(mprotect(body, 4 * kPage, kReadWrite), 0);
  for (std::size_t page = 0; page < 4; ++page) EXPECT_EQ(byte_at(mapping.body_begin + page * kPage), 0);
  munmap(reinterpret_cast<void*>(mapping.map_begin), mapping.size());
}

class RefusedMove : public testing::Test {
 protected:
  // Where that call is refused: nothing has changed, but for pages that the kernel may have torn out, where
  // others may have mapped by now.
  void expect_none_where(const Refused& refused, std::size_t torn = 0, std::size_t size = 9 * kPage) {
    const LargeMapping from = marked(4 * kPage);
    Used before;
    Used after;
    LargeMapping to;
    ASSERT_TRUE(where_refused(refused, [&] {
      before = Used();
      to = move_large(from, size, 5 * kPage);
      after = Used();
    }));
    EXPECT_FALSE(to.present());
    EXPECT_EQ(after.pages, before.pages + torn);
    EXPECT_EQ(after.memory, before.memory);
    EXPECT_EQ(after.maps, before.maps);
    expect_marked(from.body_begin, from.body_size());
    EXPECT_TRUE(unmap_large(from));
  }
};

TEST_F(RefusedMove, WithoutAPlaceNothingMoves) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  expect_none_where({SYS_mmap, {}});
  expect_none_where({SYS_mmap, {}}, 0, 4_MiB);
}
TEST_F(RefusedMove, WherePagesCannotMoveThePlaceIsGivenBack) { expect_none_where({SYS_mremap, {}}, 4); }
TEST_F(RefusedMove, WhereTheRestCannotBeOpenedPagesMoveBack) {
  expect_none_where({SYS_mprotect, kReadWrite});
}

TEST_F(RefusedMove, WithoutMappingsNothingMoves) {
  const LargeMapping from = marked(4 * kPage);
  const std::size_t left = kAllMappings - map_budget.used();
  {
    const MapsTaken others(left - 3);
    const Used before;
    EXPECT_FALSE(move_large(from, 9 * kPage, 5 * kPage).present());
    EXPECT_EQ(Used(), before);
    expect_marked(from.body_begin, from.body_size());
  }
  const MapsTaken others(left - 4);
  const LargeMapping to = move_large(from, 9 * kPage, 5 * kPage);
  ASSERT_TRUE(to.present());
  expect_marked(to.body_begin, 4 * kPage);
  EXPECT_TRUE(unmap_large(to));
  EXPECT_TRUE(unmap_large(from));
}

TEST_F(RefusedMove, RoomToGrowIsLeftOutWhereMemoryIsShort) {
  const LargeMapping from = marked(4 * kPage);
  const std::size_t least = 9 * kPage + 2 * large_guard();
  {
    const MemoryLimited limited(least - 1);
    const Used before;
    EXPECT_FALSE(move_large(from, 9 * kPage, 5 * kPage).present());
    EXPECT_FALSE(move_large(from, 9 * kPage, 0).present());
    EXPECT_EQ(Used(), before);
  }
  for (const std::size_t headroom : {5 * kPage - 1, 5 * kPage}) {
    const MemoryLimited limited(least + headroom);
    const LargeMapping to = move_large(from, 9 * kPage, 5 * kPage);
    ASSERT_TRUE(to.present());
    EXPECT_EQ(to.map_end - to.body_end, large_guard() + headroom / (5 * kPage) * 5 * kPage);
    EXPECT_TRUE(unmap_large(to));
  }
  EXPECT_TRUE(unmap_large(from));
}

// More than that cannot be spared where all is locked.
TEST_F(RefusedMove, NorIsThereAnyWhereItCannotBeSpared) {
  const LargeMapping from = marked(4 * kPage);
  LargeMapping to;
  os::note_future_locked(true);
  to = move_large(from, 9 * kPage, std::size_t{1} << 46);
  os::note_future_locked(false);
  ASSERT_TRUE(to.present());
  EXPECT_EQ(to.map_end - to.body_end, large_guard());
  expect_marked(to.body_begin, 4 * kPage);
  EXPECT_TRUE(unmap_large(to));
  EXPECT_TRUE(unmap_large(from));
}

// From two tables of pages on, which is what is reserved here.
TEST(LargeMove, ThoseAsLongAsTwoTablesLieAlikeInThem) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    const LargeMapping from = marked((3 + shift) * kPage);
    const LargeMapping to = move_large(from, 4_MiB - 2 * large_guard() - 8 * kPage, 8 * kPage);
    ASSERT_TRUE(to.present());
    EXPECT_EQ(to.size(), 4_MiB);
    EXPECT_EQ((to.body_begin - from.body_begin) % 2_MiB, 0U);
    expect_marked(to.body_begin, (3 + shift) * kPage);
    EXPECT_TRUE(unmap_large(to));
    EXPECT_TRUE(unmap_large(from));
  }
}

// Zeros that what is not zero comes behind.
TEST(LargeMove, PagesOfZerosAreNotCopied) {
  const LargeMapping from = map_large({0, 8 * kPage, 16});
  const LargeMapping to = map_large({0, 8 * kPage, 16});
  byte_at(from.body_begin + 5 * kPage) = 7;
  byte_at(from.body_begin + 5 * kPage + 1) = 7;
  copy_to_zeroed(to.body_begin, from.body_begin, 8 * kPage);
  unsigned char resident[8];
  ASSERT_EQ(mincore(reinterpret_cast<void*>(to.body_begin), 8 * kPage, resident), 0);
  for (std::size_t page = 0; page < 8; ++page) EXPECT_EQ(resident[page] & 1U, page == 5 ? 1U : 0U) << page;
  EXPECT_TRUE(unmap_large(to));
  EXPECT_TRUE(unmap_large(from));
}

TEST(LargeMove, AShorterBodyTakesAsManyPagesAndLeavesTheRest) {
  const LargeMapping from = marked(8 * kPage);
  const LargeMapping to = move_large(from, 3 * kPage, 0);
  ASSERT_TRUE(to.present());
  EXPECT_EQ(to.body_size(), 3 * kPage);
  expect_marked(to.body_begin, 3 * kPage);
  expect_marked(from.body_begin + 3 * kPage, 5 * kPage);
  for (std::size_t page = 0; page < 3; ++page) EXPECT_EQ(byte_at(from.body_begin + page * kPage), 0);
  EXPECT_FALSE(is_readable(to.body_end));
  EXPECT_FALSE(is_readable(to.body_begin - 1));
  EXPECT_TRUE(unmap_large(to));
  EXPECT_TRUE(unmap_large(from));
}

// Every length and either side of a page's end, with one byte that is not zero, or every other one.
TEST(LargeMove, WhatIsCopiedIsTheSameToTheLastByte) {
  const LargeMapping from = map_large({0, 4 * kPage, 16});
  const LargeMapping to = map_large({0, 4 * kPage, 16});
  auto* const source = reinterpret_cast<unsigned char*>(from.body_begin);
  auto* const target = reinterpret_cast<unsigned char*>(to.body_begin);
  const auto expect_copied = [&](std::size_t begin, std::size_t size) {
    copy_to_zeroed(to.body_begin + 16, from.body_begin + begin, size);
    ASSERT_EQ(std::memcmp(target + 16, source + begin, size), 0) << begin << " " << size;
    ASSERT_EQ(target[16 + size], 0);
    ASSERT_EQ(target[15], 0);
    source[begin + size] = 9;  // which is not copied
    std::memset(target, 0, 4 * kPage);
    copy_to_zeroed(to.body_begin + 16, from.body_begin + begin, size);
    ASSERT_EQ(target[16 + size], 0);
    source[begin + size] = 0;
    std::memset(target, 0, 4 * kPage);
  };
  source[3 * kPage] = 5;
  for (const std::size_t begin : {std::size_t{0}, kPage - 3, kPage - 1, kPage}) {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, kPage - 1, kPage, kPage + 2}) {
      for (const std::size_t at : {begin, begin + 1, begin + 2, begin + size - 2, begin + size - 1}) {
        if (at < begin || at >= begin + size) continue;
        source[at] = 5;
        expect_copied(begin, size);
        source[at] = 0;
      }
      for (const std::size_t first : {begin, begin + 1}) {
        for (std::size_t at = first; at < begin + size; at += 2) source[at] = 5;
        expect_copied(begin, size);
        std::memset(source, 0, 3 * kPage);
      }
    }
  }
  EXPECT_TRUE(unmap_large(from));
  EXPECT_TRUE(unmap_large(to));
}

}  // namespace
}  // namespace padlock::runtime::large_refused_checks
