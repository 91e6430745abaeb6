// The limit of memory that the process may map. And what a segment is to the kernel: which of its pages are
// reserved, and huge ones; and what becomes of it where the kernel refuses a call.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstdio>
#include <fstream>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "kernel.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime::memory_budget_checks {
namespace {

constexpr SegmentOwner kOwner = 57;
constexpr std::size_t kStep = 64_KiB;
constexpr std::size_t kOpened = 16 * kStep;

bool is_mapped(std::uintptr_t address) {
  unsigned char resident = 0;
  const std::uintptr_t page = align_down(address, std::uintptr_t{kSegmentPage});
  return mincore(reinterpret_cast<void*>(page), kSegmentPage, &resident) == 0;
}

std::span<std::byte> memory_of(std::uintptr_t begin, std::uintptr_t end) {
  return {reinterpret_cast<std::byte*>(begin), end - begin};
}

SegmentHead& head_of(std::uintptr_t begin) { return *reinterpret_cast<SegmentHead*>(begin); }

// An arena's, which has opened some of it.
class SegmentKernelTest : public testing::Test {
 protected:
  SegmentKernelTest() : used_(memory_budget.used()) {}
  ~SegmentKernelTest() override {
    if (begin_ == 0) return;
    const std::size_t left = head_of(begin_).size;
    segment_table.set_owner(begin_, kSlotSize, kNoOwner);
    os::unmap(reinterpret_cast<void*>(begin_), left);
    memory_budget.give_back(left);
    EXPECT_EQ(memory_budget.used(), used_);
  }
  SegmentKernelTest(const SegmentKernelTest&) = delete;
  SegmentKernelTest& operator=(const SegmentKernelTest&) = delete;

  void use(const Segment& segment) {
    ASSERT_TRUE(segment.present());
    begin_ = segment.begin();
    blocks_ = address_of(segment.blocks.data());
    end_ = blocks_ + segment.blocks.size();
    segment_table.set_owner(begin_, segment.size(), kOwner);
    ASSERT_EQ(core::Region::create(segment.blocks, segment.metadata), region_of_segment(begin_));
    open_to(blocks_);
  }
  void use_opened() {
    use(map_segment(kSmallSegment));
    ASSERT_EQ(open_blocks(blocks_, blocks_ + kOpened), blocks_ + kOpened);
    open_to(blocks_ + kOpened);
  }
  core::Region& region() const { return *region_of_segment(begin_); }
  void open_to(std::uintptr_t end) const { region().open_to(region().granule_of(end)); }

  std::size_t used_;
  std::uintptr_t begin_ = 0;
  std::uintptr_t blocks_ = 0;
  std::uintptr_t end_ = 0;
};

TEST_F(SegmentKernelTest, AllOfItsPagesAreReserved) {
  use(map_segment(kSmallSegment));
  const std::uintptr_t front = begin_ + head_of(begin_).front;
  for (const std::uintptr_t at :
       {begin_, front, blocks_ - 1, blocks_, end_ - 1, end_, end_ + kSegmentPage - 1})
    EXPECT_TRUE(is_mapped(at)) << at - begin_;
  EXPECT_TRUE(is_writable(begin_ + 8));
  EXPECT_FALSE(is_readable(front));
  EXPECT_FALSE(head_of(begin_).all_open);
  EXPECT_FALSE(head_of(begin_).disturbed);
}

// Then all of the blocks' memory is accessible, as the kernel is not to be asked again, between guard pages.
TEST_F(SegmentKernelTest, WhereAccessCannotBeChangedAllIsOpenBetweenGuards) {
  Segment segment;
  if (!where_refused({SYS_mprotect, {}}, [&] { segment = map_segment(kSmallSegment); })) GTEST_SKIP();
  use(segment);
  const std::uintptr_t front = begin_ + head_of(begin_).front;
  EXPECT_TRUE(head_of(begin_).all_open);
  EXPECT_TRUE(head_of(begin_).disturbed);
  EXPECT_TRUE(is_writable(front - 1));
  for (const std::uintptr_t guard : {front, blocks_ - 1, end_, end_ + kSegmentPage - 1}) {
    EXPECT_TRUE(is_mapped(guard)) << guard - begin_;
    EXPECT_FALSE(is_readable(guard)) << guard - begin_;
  }
  EXPECT_TRUE(is_writable(blocks_));
  EXPECT_TRUE(is_writable(end_ - 1));
  std::uintptr_t opened = 0;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { opened = open_blocks(blocks_, blocks_ + 1); }));
  EXPECT_EQ(opened, blocks_ + kStep) << "without a call";
  *reinterpret_cast<std::uint8_t*>(blocks_ + 7) = 1;
  EXPECT_EQ(open_blocks(blocks_, blocks_ + 1), blocks_ + kStep);
  EXPECT_EQ(*reinterpret_cast<std::uint8_t*>(blocks_ + 7), 0) << "the program may have written there";
}

TEST_F(SegmentKernelTest, WithoutMemoryThereIsNoneAndNothingIsCounted) {
  Segment segment;
  if (!where_refused({SYS_mmap, {}}, [&] { segment = map_segment(kSmallSegment); })) GTEST_SKIP();
  EXPECT_FALSE(segment.present());
  EXPECT_EQ(memory_budget.used(), used_);
}

TEST_F(SegmentKernelTest, WhatCannotBeOpenedStaysClosed) {
  use_opened();
  const std::uintptr_t from = blocks_ + kOpened;
  std::uintptr_t opened = 0;
  bool after_fault = true;
  if (!where_refused({SYS_mprotect, {}}, [&] {
        opened = open_blocks(from, from + 1);
        after_fault = open_after_fault(from + kStep);
        open_all_blocks(begin_);
      }))
    GTEST_SKIP();
  EXPECT_EQ(opened, from);
  EXPECT_FALSE(after_fault);
  EXPECT_FALSE(head_of(begin_).all_open);
  EXPECT_FALSE(is_writable(from));
}

TEST_F(SegmentKernelTest, WhatCannotBeClosedStaysOpen) {
  use_opened();
  const std::uintptr_t from = blocks_ + kStep / 2;
  std::size_t left = 0;
  if (!where_refused({SYS_mprotect, {}}, [&] { left = close_blocks(memory_of(from, blocks_ + kOpened)); }))
    GTEST_SKIP();
  EXPECT_EQ(left, blocks_ + kOpened - from);
  EXPECT_TRUE(is_writable(blocks_ + kOpened - 1));
}

// Whether its guard page would lie in what is open or behind it.
TEST_F(SegmentKernelTest, WhatCannotBeUnmappedIsNotCutOff) {
  use_opened();
  for (const std::uintptr_t first : {blocks_ + 3 * kSegmentPage + 16, blocks_ + kOpened + 16}) {
    std::size_t left = 0;
    if (!where_refused({SYS_munmap, {}}, [&] { left = shorten_segment(memory_of(first, end_)); }))
      GTEST_SKIP();
    EXPECT_EQ(left, end_ - first);
    EXPECT_EQ(is_writable(align_up(first, std::uintptr_t{kSegmentPage})), first < blocks_ + kOpened);
    EXPECT_EQ(head_of(begin_).size, kSlotSize);
    EXPECT_EQ(memory_budget.used(), used_ + kSlotSize);
  }
}

// What is closed already needs no call.
TEST_F(SegmentKernelTest, OnlyAnOpenPageHasToBecomeTheGuard) {
  use_opened();
  for (const std::uintptr_t first : {blocks_ + 3 * kSegmentPage + 16, blocks_ + kOpened}) {
    std::size_t left = 0;
    if (!where_refused({SYS_mprotect, {}}, [&] { left = shorten_segment(memory_of(first, end_)); }))
      GTEST_SKIP();
    EXPECT_EQ(left, first < blocks_ + kOpened ? end_ - first : kSegmentPage);
  }
  EXPECT_EQ(head_of(begin_).size, blocks_ + kOpened + 2 * kSegmentPage - begin_);
}

// Where all is accessible the page behind what is left is, too.
TEST_F(SegmentKernelTest, ShortenedWhereAllIsOpenItEndsInAGuardAsWell) {
  use_opened();
  open_all_blocks(begin_);
  const std::uintptr_t first = blocks_ + kOpened;
  EXPECT_EQ(shorten_segment(memory_of(first, end_)), kSegmentPage);
  EXPECT_TRUE(is_mapped(first + kSegmentPage));
  EXPECT_FALSE(is_readable(first + kSegmentPage));
  EXPECT_TRUE(is_writable(first + kSegmentPage - 1));
}

TEST_F(SegmentKernelTest, WhatTheKernelDoesNotClearIsClearedByHand) {
  use_opened();
  head_of(begin_).disturbed = true;
  auto* const place = reinterpret_cast<std::uint8_t*>(blocks_ + kOpened + 5);
  ASSERT_TRUE(os::protect(reinterpret_cast<void*>(blocks_ + kOpened), kStep, os::Protection::kReadWrite));
  *place = 1;
  if (!where_refused({SYS_madvise, {}}, [&] { open_blocks(blocks_ + kOpened, blocks_ + kOpened + 1); }))
    GTEST_SKIP();
  EXPECT_EQ(*place, 0);
}

// A step of memory, where nothing else lies: right behind what is open as well.
TEST_F(SegmentKernelTest, AfterAFaultAWholeStepIsOpenBehindWhatIs) {
  use_opened();
  const std::uintptr_t from = blocks_ + kOpened;
  ASSERT_TRUE(open_after_fault(from + 3 * kSegmentPage + 5));
  EXPECT_TRUE(is_writable(from));
  EXPECT_TRUE(is_writable(from + kStep - 1));
  EXPECT_FALSE(is_writable(from + kStep));
  EXPECT_TRUE(head_of(begin_).disturbed);
}

// As far as nothing was disturbed it is zero, and to look would touch its pages.
TEST_F(SegmentKernelTest, OnlyWhatMayHaveBeenWrittenToIsLookedAt) {
  use_opened();
  auto* const place = reinterpret_cast<std::uint8_t*>(blocks_ + kOpened + 5);
  ASSERT_TRUE(os::protect(reinterpret_cast<void*>(blocks_ + kOpened), kStep, os::Protection::kReadWrite));
  *place = 1;
  open_blocks(blocks_ + kOpened, blocks_ + kOpened + 1);
  EXPECT_EQ(*place, 1);
  head_of(begin_).disturbed = true;
  open_blocks(blocks_ + kOpened, blocks_ + kOpened + 1);
  EXPECT_EQ(*place, 0);
}

// Parts of [begin, end) of which the kernel would make huge pages, joined where they touch.
std::vector<AddressRange> huge_parts(std::uintptr_t begin, std::uintptr_t end) {
  std::vector<AddressRange> parts;
  AddressRange mapping;
  std::ifstream file("/proc/self/smaps");
  for (std::string line; std::getline(file, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) mapping = {from, to};
    if (!line.starts_with("VmFlags:") || line.find(" hg") == std::string::npos) continue;
    const AddressRange part{std::max(mapping.begin, begin), std::min(mapping.end, end)};
    if (part.begin >= part.end) continue;
    if (!parts.empty() && parts.back().end == part.begin) {
      parts.back().end = part.end;
    } else {
      parts.push_back(part);
    }
  }
  return parts;
}

bool kernel_has_huge_pages() {
  void* const memory = os::map(2 * os::kHugePage, os::Protection::kNone);
  const bool has = madvise(memory, 2 * os::kHugePage, MADV_HUGEPAGE) == 0 &&
                   !huge_parts(address_of(memory), address_of(memory) + 2 * os::kHugePage).empty();
  os::unmap(memory, 2 * os::kHugePage);
  return has;
}

class HugePages {
 public:
  HugePages() : before_(settings.options.huge_pages) { settings.options.huge_pages = true; }
  ~HugePages() { settings.options.huge_pages = before_; }
  HugePages(const HugePages&) = delete;
  HugePages& operator=(const HugePages&) = delete;

 private:
  decltype(settings.options.huge_pages) before_;
};

// But not of the first blocks of a process.
TEST_F(SegmentKernelTest, AllWholeHugePagesOfItsBlocksAreWanted) {
  if (!kernel_has_huge_pages()) GTEST_SKIP();
  const HugePages wanted;
  for (const bool first_of_all : {true, false}) {
    const std::size_t others = first_of_all ? 0 : kSegmentPage;
    const std::size_t before = memory_budget.used();
    memory_budget.give_back(before);
    ASSERT_TRUE(memory_budget.take(others));
    const Segment segment = map_segment(kBigSegment);
    ASSERT_TRUE(segment.present());
    const std::uintptr_t begin = segment.begin();
    const std::uintptr_t end = begin + segment.size();
    const auto parts = huge_parts(begin, end);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].begin, begin + kSegmentBlocksBegin + (first_of_all ? 16_MiB : 0));
    EXPECT_EQ(parts[0].end, end - os::kHugePage);
    unmap_segment(segment);
    EXPECT_EQ(memory_budget.used(), others);
    memory_budget.give_back(others);
    ASSERT_TRUE(memory_budget.take(before));
  }
}

TEST_F(SegmentKernelTest, ThereItIsOpenedByWholeHugePages) {
  const HugePages wanted;
  use(map_segment(kSmallSegment));
  EXPECT_EQ(open_blocks(blocks_, blocks_ + 1), blocks_ + os::kHugePage);
  open_to(blocks_ + os::kHugePage);
  EXPECT_EQ(open_blocks(blocks_ + os::kHugePage, blocks_ + 2 * os::kHugePage), blocks_ + 2 * os::kHugePage);
}

TEST(MemoryBudget, WhatIsRefusedIsNotCounted) {
  MemoryBudget budget;
  budget.set_limit(100);
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(61));
  EXPECT_EQ(budget.used(), 40U);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(60);
  EXPECT_EQ(budget.used(), 40U);
}

TEST(MemoryBudget, WithoutALimitEverythingIsGranted) {
  MemoryBudget budget;
  EXPECT_TRUE(budget.take(SIZE_MAX / 2));
  EXPECT_EQ(budget.used(), SIZE_MAX / 2);
}

}  // namespace
}  // namespace padlock::runtime::memory_budget_checks
