// What guarded blocks ask of the kernel: how an area is made ready, what happens where there is no memory,
// and where markers are refused.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/arith.h"
#include "budgets.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/guard.h"
#include "os/mapped_range.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::guarded_kernel_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRegion = 64_MiB;
constexpr std::uint32_t kInstall = 102;  // of madvise(2)

core::Keys some_keys() { return core::Keys::derive(0x5eed); }

core::AllocRequest plain(std::size_t size) {
  core::AllocRequest request;
  request.size = size;
  return request;
}

class GuardedBlocksKernel : public testing::Test {
 protected:
  GuardedBlocksKernel() { begin(blocks_, 64_MiB); }

  static void begin(GuardedBlocks& blocks, std::size_t quarantine_bytes) {
    GuardedBlocks::Limits limits;
    limits.region_bytes = kRegion;
    limits.quarantine_bytes = quarantine_bytes;
    blocks.set_up(some_keys(), limits);
    ASSERT_TRUE(blocks.begin());
  }

  void* take(GuardedSide side) { return blocks_.allocate(plain(1), side); }

  GuardedBlocks blocks_;
  FaultNotes notes_;
};

// As much of an area as it has already is made ready with its next slot, from 256 KiB to 2 MiB, and no more
// than it has: to the kernel, what is ready is another mapping than what is not.
TEST_F(GuardedBlocksKernel, AnAreaIsMadeReadyInStepsThatGrowWithIt) {
  if (!blocks_.has_markers() || take(GuardedSide::kBack) == nullptr || !blocks_.has_markers())
    GTEST_SKIP() << "no markers";
  constexpr std::size_t kSlot = 4 * kPage;
  constexpr std::size_t kArea = kRegion / 2;
  const std::uintptr_t begin = align_down(address_of(take(GuardedSide::kBack)), kSlotSize);
  std::size_t ready = 256_KiB;
  for (std::size_t used = 2 * kSlot; used < kArea; used += kSlot) {
    if (used % 64_KiB == 0) {
      ASSERT_EQ(os::mapped_range(begin).end, begin + ready) << used;
    }
    const std::uintptr_t user = address_of(take(GuardedSide::kFront));
    ASSERT_EQ(user, begin + used + kPage);
    if (used == ready) ready = std::min(ready + std::clamp(ready, 256_KiB, 2_MiB), kArea);
  }
  EXPECT_EQ(ready, kArea);
  EXPECT_GE(os::mapped_range(begin).end, begin + kArea);
}

TEST_F(GuardedBlocksKernel, NothingIsAccessibleWhereThereAreNone) {
  GuardedBlocks none;
  const std::uintptr_t block = address_of(take(GuardedSide::kBack));
  const std::uintptr_t region = align_down(block, kSlotSize);
  for (const std::uintptr_t address : {std::uintptr_t{0}, std::uintptr_t{16}, block, UINTPTR_MAX}) {
    EXPECT_EQ(none.accessible_at(address), 0U);
    EXPECT_FALSE(none.has_slot_at(address));
  }
  for (const std::uintptr_t address : {std::uintptr_t{0}, region - 1, region + kRegion, UINTPTR_MAX})
    EXPECT_EQ(blocks_.accessible_at(address), 0U);
  EXPECT_FALSE(none.find_nearest(block).present());
}

// Where no region is, none of its addresses, which would begin at 0, are given up.
void expect_none_unmapped_by_shortening(GuardedBlocks& blocks) {
  void* const low = reinterpret_cast<void*>(std::uintptr_t{128_MiB});
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  if (mmap(low, kPage, PROT_READ, kFlags, -1, 0) != low) return;
  blocks.shorten();
  EXPECT_TRUE(is_readable(address_of(low)));
}

// Each time, and what had been mapped for it is not lost.
void begin_under_a_limit(int resource, rlim_t more) {
  constexpr std::size_t kLargeRegion = 1024_MiB;
  const rlimit limit{(resource == RLIMIT_AS ? pages_mapped() * kPage : 0) + more, RLIM_INFINITY};
  if (setrlimit(resource, &limit) != 0) _exit(2);
  GuardedBlocks blocks;
  GuardedBlocks::Limits limits;
  limits.region_bytes = kLargeRegion;
  blocks.set_up(some_keys(), limits);
  EXPECT_FALSE(blocks.begin());
  const std::size_t mapped = pages_mapped();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(blocks.begin());
  EXPECT_EQ(pages_mapped(), mapped);
  for (std::uintptr_t address = 16; address < kLargeRegion; address += address / 3) {
    EXPECT_FALSE(blocks.has_slot_at(address)) << address;
    EXPECT_EQ(blocks.accessible_at(address), 0U);
  }
  EXPECT_EQ(blocks.allocate(plain(100), GuardedSide::kBack), nullptr);
  if (resource == RLIMIT_AS) expect_none_unmapped_by_shortening(blocks);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(GuardedBlocksLimits, WithoutAddressSpaceTheyDoNotBegin) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  EXPECT_EXIT(begin_under_a_limit(RLIMIT_AS, 512_MiB), testing::ExitedWithCode(0), "");
}
TEST(GuardedBlocksLimits, WithoutMemoryForTheirRecordsTheyDoNotBegin) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  EXPECT_EXIT(begin_under_a_limit(RLIMIT_DATA, 1_MiB), testing::ExitedWithCode(0), "");
}

// What was made ready is opened by markers alone.
TEST_F(GuardedBlocksKernel, ASlotThatIsReadyIsOpenedWithoutAChangeOfProtection) {
  if (!blocks_.has_markers() || take(GuardedSide::kBack) == nullptr || !blocks_.has_markers())
    GTEST_SKIP() << "no markers";
  void* block = nullptr;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { block = take(GuardedSide::kBack); }));
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(is_readable(address_of(block)));
}

TEST_F(GuardedBlocksKernel, MarkersAreUsedWhereTheKernelHasThem) {
  const std::size_t maps = map_budget.used();
  ASSERT_NE(take(GuardedSide::kBack), nullptr);
  EXPECT_EQ(blocks_.has_markers(), has_markers());
  EXPECT_EQ(map_budget.used(), maps + (has_markers() ? 0 : 2));
}

TEST_F(GuardedBlocksKernel, WhereNothingCanBeOpenedThereIsNoBlockAndNothingIsCounted) {
  GuardedBlocks blocks;
  begin(blocks, 1);
  const auto take_one = [&] { return blocks.allocate(plain(100), GuardedSide::kBack); };
  const Used before;
  void* block = this;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { block = take_one(); }));
  EXPECT_EQ(block, nullptr);
  EXPECT_EQ(memory_budget.used(), before.memory);
  EXPECT_EQ(blocks.stats().live_blocks, 0U);
  EXPECT_FALSE(blocks.has_markers());
  block = take_one();
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(is_readable(address_of(block)));
  EXPECT_EQ(map_budget.used(), before.maps + 2);
  EXPECT_TRUE(blocks.deallocate(block, {}, notes_));
  EXPECT_FALSE(is_readable(address_of(block)));
  EXPECT_EQ(map_budget.used(), before.maps);
}

// They are mappings of their own then, with nothing accessible beside them.
TEST_F(GuardedBlocksKernel, WhereMarkersAreRefusedSlotsAreOpenedByProtection) {
  const Used before;
  void* blocks[3] = {};
  ASSERT_TRUE(where_refused({SYS_madvise, kInstall}, [&] {
    for (void*& block : blocks) block = take(GuardedSide::kBack);
  }));
  EXPECT_FALSE(blocks_.has_markers());
  EXPECT_EQ(map_budget.used(), before.maps + 6);
  for (void* const block : blocks) {
    const std::uintptr_t page = align_down(address_of(block), kPage);
    EXPECT_TRUE(is_readable(page));
    for (const std::uintptr_t beside : {page - 2 * kPage, page - 1, page + kPage})
      EXPECT_FALSE(is_readable(beside));
    EXPECT_TRUE(blocks_.deallocate(block, {}, notes_));
    EXPECT_FALSE(is_readable(page));
  }
  EXPECT_EQ(map_budget.used(), before.maps);
  EXPECT_EQ(memory_budget.used(), before.memory);
}

// Of a slot that markers closed once and that has to be opened without them.
TEST_F(GuardedBlocksKernel, ASlotWhoseMarkersCannotBeRenewedIsOpenedByProtection) {
  GuardedBlocks blocks;
  begin(blocks, 1);
  const auto take_one = [&] { return blocks.allocate(plain(100), GuardedSide::kBack); };
  void* const first = take_one();
  if (!blocks.has_markers()) GTEST_SKIP() << "no markers";
  const std::size_t maps = map_budget.used();
  const std::uintptr_t guard = align_up(address_of(first), kPage);
  ASSERT_TRUE(blocks.open_after_fault(guard));
  ASSERT_TRUE(blocks.deallocate(first, {}, notes_));
  void* second = nullptr;
  ASSERT_TRUE(where_refused({SYS_madvise, kInstall}, [&] { second = take_one(); }));
  EXPECT_EQ(second, first);
  EXPECT_EQ(map_budget.used(), maps + 2);
  EXPECT_TRUE(is_readable(address_of(second)));
  EXPECT_FALSE(is_readable(guard));
  EXPECT_FALSE(is_readable(guard - kPage - 1));
  ASSERT_TRUE(blocks.deallocate(second, {}, notes_));
  EXPECT_FALSE(is_readable(address_of(first)));
  // Nor by protection where the kernel refuses that.
  void* third = this;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { third = take_one(); }));
  EXPECT_EQ(third, nullptr);
  third = take_one();
  EXPECT_EQ(third, first);
  EXPECT_TRUE(is_readable(address_of(third)));
  EXPECT_FALSE(is_readable(guard));
  EXPECT_EQ(map_budget.used(), maps);
}

// What a fault opened is not forgotten where nothing could be opened for want of mappings.
TEST_F(GuardedBlocksKernel, AGuardPageThatAFaultOpenedIsClosedByWhatComesNext) {
  GuardedBlocks blocks;
  begin(blocks, 1);
  const auto take_one = [&] { return blocks.allocate(plain(100), GuardedSide::kBack); };
  void* const first = take_one();
  if (!blocks.has_markers()) GTEST_SKIP() << "no markers";
  const std::uintptr_t guard = align_up(address_of(first), kPage);
  ASSERT_TRUE(blocks.open_after_fault(guard));
  ASSERT_TRUE(blocks.deallocate(first, {}, notes_));
  void* second = this;
  {
    const MapsTaken all(kAllMappings);
    ASSERT_TRUE(where_refused({SYS_madvise, kInstall}, [&] { second = take_one(); }));
  }
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(take_one(), first);
  EXPECT_FALSE(is_readable(guard));
}

TEST_F(GuardedBlocksKernel, AnAreaThatCannotBeUnmappedKeepsItsSlots) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  const std::uintptr_t user = address_of(take(GuardedSide::kBack));
  const std::uintptr_t unused = align_up(user, 4 * kPage) + 4 * kPage;
  ASSERT_TRUE(where_refused({SYS_munmap, {}}, [&] { blocks_.shorten(); }));
  EXPECT_TRUE(blocks_.has_slot_at(unused));
  blocks_.shorten();
  EXPECT_FALSE(blocks_.has_slot_at(unused));
  EXPECT_TRUE(blocks_.has_slot_at(user));
}

// In a child, as markers are forbidden for good.
void open_as_many_as_mappings_allow(bool all_mappings) {
  os::forbid_guard_markers();
  GuardedBlocks blocks;
  GuardedBlocks::Limits limits;
  limits.region_bytes = kRegion;
  limits.quarantine_bytes = 1;
  limits.all_mappings = all_mappings;
  blocks.set_up(some_keys(), limits);
  EXPECT_TRUE(blocks.begin());
  FaultNotes notes;
  const std::size_t most = kAllMappings / (all_mappings ? 1 : 4);
  const std::size_t before = map_budget.used();
  const auto take_one = [&] { return blocks.allocate(plain(100), GuardedSide::kBack); };
  const MapsTaken others(most - before - 3);
  void* const first = take_one();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(map_budget.used(), most - 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take_one(), nullptr);
  EXPECT_EQ(map_budget.used(), most - 1);
  const std::uintptr_t guard = align_up(address_of(first), kPage);
  EXPECT_TRUE(blocks.open_after_fault(guard));
  EXPECT_TRUE(is_readable(guard));
  EXPECT_TRUE(blocks.deallocate(first, {}, notes));
  EXPECT_EQ(map_budget.used(), most - 3);
  while (void* const block = take_one()) {
    if (block == first) break;
    EXPECT_TRUE(blocks.deallocate(block, {}, notes));
  }
  EXPECT_TRUE(is_readable(address_of(first)));
  EXPECT_FALSE(is_readable(guard));
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(GuardedBlocksLimits, WithoutMarkersAsManyAreOpenAsMappingsAllow) {
  EXPECT_EXIT(open_as_many_as_mappings_allow(false), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(open_as_many_as_mappings_allow(true), testing::ExitedWithCode(0), "");
}

// It is a mapping of its own then, and like all others once its slot has another block.
TEST_F(GuardedBlocksKernel, ASlotThatCouldNotBeClosedByMarkersIsClosedByThemTheNextTime) {
  GuardedBlocks blocks;
  begin(blocks, 1);
  const std::size_t maps = map_budget.used();
  void* const first = blocks.allocate(plain(100), GuardedSide::kBack);
  if (!blocks.has_markers()) GTEST_SKIP() << "no markers";
  ASSERT_TRUE(where_refused({SYS_madvise, kInstall}, [&] { blocks.deallocate(first, {}, notes_); }));
  EXPECT_FALSE(is_readable(address_of(first)));
  EXPECT_EQ(map_budget.used(), maps + 2);
  void* const second = blocks.allocate(plain(100), GuardedSide::kBack);
  EXPECT_EQ(second, first);
  EXPECT_TRUE(is_readable(address_of(second)));
  EXPECT_FALSE(is_readable(align_up(address_of(second), kPage)));
  EXPECT_FALSE(is_readable(align_down(address_of(second), kPage) - 1));
  EXPECT_EQ(map_budget.used(), maps);
  EXPECT_TRUE(blocks.deallocate(second, {}, notes_));
  EXPECT_FALSE(is_readable(address_of(second)));
  EXPECT_EQ(map_budget.used(), maps);
}

}  // namespace
}  // namespace padlock::runtime::guarded_kernel_checks
