// Large blocks where the kernel refuses what they need, or a budget is used up: each is what it was, or gone.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/units.h"
#include "budgets.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/tables.h"
#include "runtime/large/large_blocks.h"

namespace padlock::runtime::large_blocks_refused_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kReadWrite = PROT_READ | PROT_WRITE;

class RefusedLargeBlocks : public testing::Test {
 protected:
  RefusedLargeBlocks() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 1024_MiB;
    limits.kept_bytes = 512_MiB;
    blocks_.set_up(0x5eed, limits);
    give(take(kPage));  // tables are mapped by now
    blocks_.flush_quarantine();
  }

  void* take(std::size_t size) {
    bool zeroed = false;
    return blocks_.allocate({size, 0, core::Origin::kMalloc, {11, 3, ++number_}}, zeroed);
  }
  void give(void* block) {
    core::FreeRequest request;
    request.by = {12, 4, 0};
    EXPECT_TRUE(blocks_.deallocate(block, request, notes_));
  }
  void* resize(void* block, std::size_t size) {
    const auto resized =
        blocks_.resize(block, {size, 0, core::Origin::kMalloc, {13, 5, ++number_}}, 1, notes_);
    EXPECT_FALSE(resized->refused);
    return resized->result;
  }
  core::BlockSnapshot known(const void* block) { return blocks_.find_exact(block); }

  static constexpr std::size_t kSize = 300000;
  LargeBlocks blocks_;
  FaultNotes notes_;
  std::uint64_t number_ = 0;
};

TEST_F(RefusedLargeBlocks, AFreedOneThatCannotBeOpenedAgainIsGoneAndAnotherIsMade) {
  const Used before;
  void* const former = take(kSize);
  give(former);
  void* block = nullptr;
  ASSERT_TRUE(where_refused({SYS_mprotect, kReadWrite}, [&] { block = take(kSize); }));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 0U);
  EXPECT_EQ(memory_budget.used(), before.memory + blocks_.stats().live_mapped_bytes);
  if (block != former) {
    EXPECT_EQ(known(former).state, core::BlockState::kFree);
    EXPECT_FALSE(blocks_.find_block(address_of(former) + 5).present());
    EXPECT_EQ(blocks_.try_find_gone(address_of(former) + 5)->user, address_of(former));
    EXPECT_EQ(blocks_.ranges().find(address_of(former)).user, 0U);
  }
  give(block);
  blocks_.flush_quarantine();
  EXPECT_EQ(memory_budget.used(), before.memory);
  EXPECT_EQ(map_budget.used(), before.maps);
}

TEST_F(RefusedLargeBlocks, WithoutMemoryFreedOnesAreGivenUpFirst) {
  const Used before;
  void* const first = take(kSize);
  give(take(2 * kSize));
  give(take(3 * kSize));
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 2U);
  const MemoryLimited limited(kPage);
  void* const block = take(4 * kSize);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 0U);
  EXPECT_EQ(take(4 * kSize), nullptr);
  EXPECT_EQ(blocks_.stats().live_blocks, 2U);
  EXPECT_EQ(memory_budget.used(), before.memory + blocks_.stats().live_mapped_bytes);
  give(block);
  give(first);
  blocks_.flush_quarantine();
  EXPECT_EQ(memory_budget.used(), before.memory);
  EXPECT_EQ(map_budget.used(), before.maps);
  EXPECT_TRUE(notes_.faults.empty());
}

// Its pages are those of freed ones, which need no memory then; their records are what is given up.
TEST_F(RefusedLargeBlocks, WithoutMemoryForRecordsOfFreedOnesTheseAreForgotten) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  constexpr std::size_t kCount = 500;
  constexpr std::size_t kBytes = 5000;
  std::vector<void*> former;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kCount; ++i) former.push_back(take(kBytes));
  for (void* const one : former) give(one);
  blocks.reserve(kCount);
  ASSERT_TRUE(where_refused({SYS_mmap, {}}, [&] {
    os::unmap_table_reserve();
    for (std::size_t i = 0; i < kCount; ++i) blocks.push_back(take(kBytes - 100));
  }));
  std::size_t forgotten = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_NE(blocks[i], nullptr);
    ASSERT_NE(blocks[i], former[i]);
    ASSERT_EQ(known(blocks[i]).state, core::BlockState::kLive);
    ASSERT_EQ(blocks_.find_block(address_of(blocks[i]) + 50).user, address_of(blocks[i]));
    forgotten += known(former[i]).present() ? 0U : 1U;
  }
  EXPECT_GT(forgotten, 0U);
  EXPECT_EQ(blocks_.stats().live_blocks, kCount);
  for (void* const one : blocks) give(one);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(RefusedLargeBlocks, WhatCannotGrowInPlaceNorMoveIsCopied) {
  void* const block = take(kSize);
  std::memset(block, 'a', kSize);
  void* resized = nullptr;
  ASSERT_TRUE(where_refused({SYS_mremap, {}}, [&] { resized = resize(block, 4 * kSize); }));
  ASSERT_NE(resized, nullptr);
  ASSERT_NE(resized, block);
  const auto* const bytes = static_cast<const unsigned char*>(resized);
  for (std::size_t i = 0; i < kSize; ++i) ASSERT_EQ(bytes[i], 'a');
  EXPECT_EQ(known(resized).requested, 4 * kSize);
  EXPECT_EQ(known(block).state, core::BlockState::kQuarantined);
  EXPECT_EQ(blocks_.stats().kept_bytes, 0U);  // nothing of use is in its pages
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
  give(resized);
}

TEST_F(RefusedLargeBlocks, OneThatCannotBeResizedIsWhatItWas) {
  unsigned char* const block = static_cast<unsigned char*>(take(kSize));
  std::memset(block, 'a', kSize);
  const core::BlockSnapshot was = known(block);
  const LargeStats stats = blocks_.stats();
  {
    const MemoryLimited limited(0);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(resize(block, 4 * kSize), nullptr);
  }
  const core::BlockSnapshot now = known(block);
  EXPECT_EQ(now.state, core::BlockState::kLive);
  EXPECT_EQ(now.requested, was.requested);
  EXPECT_EQ(now.number, was.number);
  EXPECT_EQ(now.alloc_trace, was.alloc_trace);
  EXPECT_EQ(now.alloc_thread, was.alloc_thread);
  EXPECT_EQ(now.block_size, was.block_size);
  EXPECT_EQ(blocks_.stats().live_blocks, stats.live_blocks);
  EXPECT_EQ(blocks_.stats().live_bytes, stats.live_bytes);
  EXPECT_EQ(blocks_.stats().live_mapped_bytes, stats.live_mapped_bytes);
  EXPECT_EQ(blocks_.ranges().accessible_at(address_of(block)), kSize);
  for (std::size_t i = 0; i < kSize; ++i) ASSERT_EQ(block[i], 'a');
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
  block[kSize] ^= 0x55;
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 1U);
}

// In a child, as markers are forbidden for good: it cannot be closed by any means then.
void free_what_cannot_be_closed(LargeBlocks& blocks, FaultNotes& notes, void* block) {
  os::forbid_guard_markers();
  const std::size_t mapped = blocks.stats().live_mapped_bytes;
  const std::size_t memory = memory_budget.used();
  EXPECT_TRUE(where_refused({SYS_mprotect, {}}, [&] { blocks.deallocate(block, {}, notes); }));
  EXPECT_TRUE(notes.faults.empty());
  EXPECT_EQ(memory_budget.used(), memory - mapped);
  EXPECT_FALSE(os::is_mapped(address_of(block)));
  EXPECT_EQ(blocks.stats().quarantined_blocks, 0U);
  EXPECT_EQ(blocks.find_exact(block).state, core::BlockState::kFree);
  EXPECT_FALSE(blocks.find_block(address_of(block)).present());
  blocks.deallocate(block, {}, notes);
  EXPECT_EQ(notes.only().kind, core::FaultKind::kDoubleFree);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST_F(RefusedLargeBlocks, AFreedOneThatCannotBeClosedIsGone) {
  void* const block = take(kSize);
  EXPECT_EXIT(free_what_cannot_be_closed(blocks_, notes_, block), testing::ExitedWithCode(0), "");
}

// Where markers close it, its pages are empty.
TEST_F(RefusedLargeBlocks, AFreedOneThatOnlyMarkersCloseKeepsNothing) {
  void* const block = take(kSize);
  std::memset(block, 'a', kSize);
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { give(block); }));
  EXPECT_EQ(blocks_.stats().kept_bytes, 0U);
  EXPECT_FALSE(is_readable(address_of(block)));
  give(block);
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kDoubleFree);
}

}  // namespace
}  // namespace padlock::runtime::large_blocks_refused_checks
