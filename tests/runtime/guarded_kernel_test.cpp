// What guarded blocks ask of the kernel: how an area is made ready, what happens where there is no memory,
// and where markers are refused.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/arith.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/mapped_range.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::guarded_kernel_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRegion = 64_MiB;

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

// It is a mapping of its own then, and like all others once its slot has another block.
TEST_F(GuardedBlocksKernel, ASlotThatCouldNotBeClosedByMarkersIsClosedByThemTheNextTime) {
  GuardedBlocks blocks;
  begin(blocks, 1);
  const std::size_t maps = map_budget.used();
  constexpr std::uint32_t kInstall = 102;  // of madvise(2)
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
