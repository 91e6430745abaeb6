// The detection contract for large blocks.
#include "runtime/large/large_blocks.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <optional>

#include "fault_notes.h"

namespace padlock::runtime {
namespace {

using core::FaultKind;

constexpr std::size_t kSize = 300000;

class LargeBlocksTest : public testing::Test {
 protected:
  LargeBlocksTest() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 64 << 20;
    blocks_.set_up(0x5eed, limits);
  }

  unsigned char* take(std::size_t size, core::Origin origin = core::Origin::kMalloc,
                      std::size_t alignment = 0) {
    return static_cast<unsigned char*>(blocks_.allocate({size, alignment, origin, {11, 3, 42}}, zeroed_));
  }
  bool give(void* pointer, core::Origin origin = core::Origin::kMalloc) {
    core::FreeRequest request;
    request.origin = origin;
    request.by = {12, 4, 0};
    return blocks_.deallocate(pointer, request, notes_);
  }

  LargeBlocks blocks_;
  FaultNotes notes_;
  bool zeroed_ = false;
};

// With pages of freed blocks kept for new ones, once a mebibyte more has been freed.
class ReusedLargeBlocksTest : public LargeBlocksTest {
 protected:
  ReusedLargeBlocksTest() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 64 << 20;
    limits.kept_bytes = 8 << 20;
    limits.held_back_bytes = kHeldBack;
    blocks_.set_up(0x5eed, limits);
  }

  // Frees so much that a block freed before may be used again.
  void free_a_mebibyte() {
    for (std::size_t freed = 0; freed < kHeldBack; freed += kOtherSize) give(take(kOtherSize));
  }

  static constexpr std::size_t kHeldBack = 1 << 20;
  static constexpr std::size_t kOtherSize = 700000;  // no fit for kSize
};

TEST_F(LargeBlocksTest, EveryOverflowIsMeasuredExactly) {
  for (std::size_t size = kSize; size < kSize + 16; ++size) {
    for (std::size_t length = 1; length <= 8; ++length) {
      unsigned char* block = take(size);
      std::memset(block + size, 0, length);
      notes_.faults.clear();
      EXPECT_TRUE(give(block));
      const core::Fault fault = notes_.only();
      ASSERT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
      EXPECT_EQ(fault.moment, core::Moment::kFree);
      EXPECT_EQ(fault.block.user, reinterpret_cast<std::uintptr_t>(block));
      EXPECT_EQ(fault.block.requested, size);
      EXPECT_EQ(fault.block.alloc_trace, 11U);
      EXPECT_EQ(fault.block.alloc_thread, 3);
      EXPECT_EQ(fault.block.number, 42U);
      EXPECT_EQ(fault.damage.offset, static_cast<std::int64_t>(size));
      EXPECT_EQ(fault.damage.length, length);
      EXPECT_FALSE(fault.damage.at_least);
    }
  }
}

// Of one block all of its mapping, to the byte, and nothing beside it.
TEST_F(LargeBlocksTest, MayHoldWhatTheirMappingsHold) {
  EXPECT_FALSE(blocks_.may_hold(0));
  EXPECT_FALSE(blocks_.may_hold(reinterpret_cast<std::uintptr_t>(this)));
  const auto user = reinterpret_cast<std::uintptr_t>(take(kSize));
  const auto holds = [&](std::uintptr_t address) { return blocks_.find_block(address).present(); };
  constexpr std::uintptr_t kPage = 4096;
  std::uintptr_t end = align_down(user, kPage);
  while (holds(end)) end += kPage;
  std::uintptr_t begin = align_down(user, kPage);
  while (holds(begin - 1)) begin -= kPage;
  for (const std::uintptr_t edge : {begin, end}) {
    for (std::uintptr_t address = edge - 16; address < edge + 16; ++address)
      EXPECT_EQ(blocks_.may_hold(address), holds(address)) << address - edge;
  }
  EXPECT_EQ(end - begin, blocks_.stats().live_mapped_bytes);
}

TEST_F(LargeBlocksTest, WritesThatEndAtTheUserPointerAreUnderflows) {
  for (std::size_t length = 1; length <= 32; ++length) {
    unsigned char* block = take(kSize);
    for (std::size_t i = 1; i <= length; ++i) block[-static_cast<std::ptrdiff_t>(i)] ^= 0xff;
    notes_.faults.clear();
    EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 1U);
    const core::Fault fault = notes_.only();
    ASSERT_EQ(fault.kind, FaultKind::kHeapBufferUnderflow) << length;
    EXPECT_EQ(fault.damage.offset, -static_cast<std::int64_t>(length));
    EXPECT_EQ(fault.damage.length, length);
    give(block);
  }
}

TEST_F(LargeBlocksTest, OtherHeaderDamageIsMetadataCorruption) {
  unsigned char* block = take(kSize);
  block[-20] ^= 4;
  give(block);
  const core::Fault fault = notes_.only();
  EXPECT_EQ(fault.kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(fault.damage.offset, -20);
  EXPECT_EQ(fault.damage.length, 1U);
}

TEST_F(LargeBlocksTest, ASecondFreeIsADoubleFreeEvenWhenThePagesAreGone) {
  unsigned char* block = take(kSize);
  give(block);
  EXPECT_TRUE(notes_.faults.empty());
  give(block);
  core::Fault fault = notes_.only();
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  EXPECT_EQ(fault.block.state, core::BlockState::kQuarantined);
  EXPECT_EQ(fault.block.alloc_trace, 11U);
  EXPECT_EQ(fault.block.free_trace, 12U);
  EXPECT_EQ(fault.block.free_thread, 4);
  blocks_.flush_quarantine();
  notes_.faults.clear();
  give(block);
  fault = notes_.only();
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  EXPECT_EQ(fault.block.state, core::BlockState::kFree);
}

TEST_F(LargeBlocksTest, OneThatIsGoneIsKnownByAnyAddressInItsData) {
  unsigned char* block = take(kSize);
  const auto user = reinterpret_cast<std::uintptr_t>(block);
  give(block);
  EXPECT_FALSE(blocks_.try_find_gone(user).value().present());  // it is still there
  blocks_.flush_quarantine();
  EXPECT_EQ(blocks_.try_find_gone(user).value().user, user);
  EXPECT_EQ(blocks_.try_find_gone(user + kSize - 1).value().user, user);
  EXPECT_FALSE(blocks_.try_find_gone(user + kSize).value().present());
  EXPECT_FALSE(blocks_.try_find_gone(user - 1).value().present());
}

TEST_F(LargeBlocksTest, OfAllBlocksOfAnAddressOnlyTheLatestIsRemembered) {
  struct Counted final : core::BlockVisitor {
    std::uintptr_t user = 0;
    std::size_t count = 0;
    void visit(const core::BlockSnapshot& block) override { count += block.user == user ? 1U : 0U; }
  } counted;
  give(take(kSize));  // tables are mapped by now
  blocks_.flush_quarantine();
  unsigned char* const gone = take(kSize);
  give(gone);
  blocks_.flush_quarantine();
  if (take(kSize) != gone) GTEST_SKIP() << "the kernel has chosen another place";
  counted.user = reinterpret_cast<std::uintptr_t>(gone);
  blocks_.walk(counted);
  EXPECT_EQ(counted.count, 1U);
  EXPECT_FALSE(blocks_.try_find_gone(counted.user).value().present());
  EXPECT_TRUE(give(gone));
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(LargeBlocksTest, OnlyTheStartOfABlockIsOne) {
  unsigned char* block = take(kSize);
  EXPECT_FALSE(give(block + 16));
  EXPECT_FALSE(give(block - 16));
  int local = 0;
  EXPECT_FALSE(give(&local));
  EXPECT_TRUE(notes_.faults.empty());
  EXPECT_EQ(blocks_.find_block(reinterpret_cast<std::uintptr_t>(block) + 1000).user,
            reinterpret_cast<std::uintptr_t>(block));
  EXPECT_TRUE(give(block));
}

TEST_F(LargeBlocksTest, FamiliesHaveToMatch) {
  using core::Origin;
  const Origin all[] = {Origin::kMalloc, Origin::kNew, Origin::kNewArray, Origin::kAligned};
  for (Origin allocated : all) {
    for (Origin returned : {Origin::kMalloc, Origin::kNew, Origin::kNewArray}) {
      notes_.faults.clear();
      give(take(kSize, allocated), returned);
      const Origin family = allocated == Origin::kAligned ? Origin::kMalloc : allocated;
      ASSERT_EQ(notes_.faults.size(), family == returned ? 0U : 1U);
      if (family == returned) continue;
      EXPECT_EQ(notes_.faults[0].kind, FaultKind::kAllocDeallocMismatch);
      EXPECT_EQ(notes_.faults[0].given_origin, returned);
    }
  }
}

TEST_F(LargeBlocksTest, SizedAndAlignedDeletesHaveToMatch) {
  const auto give_sized = [&](unsigned char* block, std::size_t size, std::size_t alignment) {
    core::FreeRequest request;
    request.origin = core::Origin::kNew;
    request.size = size;
    if (alignment != 0) request.alignment = alignment;
    notes_.faults.clear();
    blocks_.deallocate(block, request, notes_);
    return notes_.only().kind;
  };
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew), kSize, 0), FaultKind::kNone);
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew), kSize - 1, 0), FaultKind::kDeleteSizeMismatch);
  EXPECT_EQ(notes_.only().given, kSize - 1);
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew, 64), kSize, 64), FaultKind::kNone);
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew, 64), kSize, 32), FaultKind::kDeleteAlignmentMismatch);
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew, 64), kSize, 0), FaultKind::kDeleteAlignmentMismatch);
  EXPECT_EQ(give_sized(take(kSize, core::Origin::kNew), kSize, 64), FaultKind::kDeleteAlignmentMismatch);
  EXPECT_EQ(notes_.only().given, 64U);
}

TEST_F(LargeBlocksTest, FreedOnesTrapAndAreExplained) {
  unsigned char* block = take(kSize);
  give(block);
  EXPECT_DEATH(*static_cast<volatile unsigned char*>(block) = 1, "");
  const PageHit hit = blocks_.try_explain_trap(reinterpret_cast<std::uintptr_t>(block) + 5).value();
  EXPECT_EQ(hit.zone, PageHit::Zone::kFreed);
  EXPECT_EQ(hit.block.user, reinterpret_cast<std::uintptr_t>(block));
}

TEST_F(LargeBlocksTest, ABusyLockIsNoAnswerAndNoBlockIsOne) {
  const auto user = reinterpret_cast<std::uintptr_t>(take(kSize));
  EXPECT_TRUE(blocks_.try_find_block(user).value().present());
  EXPECT_FALSE(blocks_.try_find_block(16).value().present());
  EXPECT_EQ(blocks_.try_explain_trap(16).value().zone, PageHit::Zone::kNone);
  const os::LockGuard guard(blocks_.lock());
  EXPECT_FALSE(blocks_.try_find_block(user).has_value());
  EXPECT_FALSE(blocks_.try_explain_trap(user).has_value());
  EXPECT_FALSE(blocks_.try_find_gone(user).has_value());
  EXPECT_FALSE(blocks_.try_verify(user, core::Moment::kCheck, notes_).has_value());
}

TEST_F(LargeBlocksTest, GuardsAreExplained) {
  unsigned char* block = take(kSize);
  const auto user = reinterpret_cast<std::uintptr_t>(block);
  const auto zone_of = [&](std::uintptr_t address) { return blocks_.try_explain_trap(address).value().zone; };
  EXPECT_EQ(zone_of(user + kSize + 32), PageHit::Zone::kBackGuard);
  EXPECT_EQ(zone_of(user - 4096 - 32), PageHit::Zone::kFrontGuard);
  EXPECT_EQ(zone_of(user), PageHit::Zone::kNone);
  EXPECT_EQ(zone_of(user + kSize + 100000), PageHit::Zone::kNone);
  EXPECT_DEATH(static_cast<volatile unsigned char*>(block)[kSize + 32] = 1, "");
}

TEST_F(LargeBlocksTest, ResizingKeepsContentsAndFindsWhatIsBroken) {
  unsigned char* block = take(kSize);
  for (std::size_t i = 0; i < kSize; ++i) block[i] = static_cast<unsigned char>(i * 7);
  std::size_t size = kSize;
  for (std::size_t next : {kSize + 1, 2 * kSize, 3 * kSize, 20 * kSize, kSize + 5, kSize}) {
    const auto resized =
        blocks_.resize(block, {next, 0, core::Origin::kMalloc, {13, 3, 43}}, 1, notes_).value();
    ASSERT_NE(resized.result, nullptr);
    block = static_cast<unsigned char*>(resized.result);
    size = next;
    for (std::size_t i = 0; i < kSize; i += 11) ASSERT_EQ(block[i], static_cast<unsigned char>(i * 7));
  }
  EXPECT_TRUE(notes_.faults.empty());
  EXPECT_EQ(blocks_.stats().live_blocks, 1U);
  EXPECT_EQ(blocks_.stats().live_bytes, kSize);
  block[size] = 0;
  EXPECT_TRUE(blocks_.resize(block, {2 * kSize, 0, core::Origin::kMalloc, {}}, 1, notes_));
  EXPECT_EQ(notes_.only().kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(notes_.only().moment, core::Moment::kRealloc);
  EXPECT_EQ(notes_.only().damage.offset, static_cast<std::int64_t>(kSize));
}

TEST_F(LargeBlocksTest, ResizingWhatIsFreedIsAUseAfterFree) {
  unsigned char* block = take(kSize);
  give(block);
  const auto resized = blocks_.resize(block, {2 * kSize, 0, core::Origin::kMalloc, {}}, 1, notes_).value();
  EXPECT_TRUE(resized.refused);
  EXPECT_EQ(resized.result, nullptr);
  EXPECT_EQ(notes_.only().kind, FaultKind::kUseAfterFree);
  notes_.faults.clear();
  EXPECT_EQ(blocks_.usable_size(block, notes_), 0U);
  EXPECT_EQ(notes_.only().kind, FaultKind::kUseAfterFree);
}

TEST_F(ReusedLargeBlocksTest, PagesAreUsedAgainOldestFirst) {
  unsigned char* const first = take(kSize);
  unsigned char* const second = take(kSize);
  EXPECT_TRUE(zeroed_);
  first[5] = 1;
  second[5] = 2;
  give(first);
  give(second);
  free_a_mebibyte();
  unsigned char* const again = take(kSize);
  EXPECT_EQ(again, first);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(again[5], 1);
  EXPECT_EQ(take(kSize), second);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(ReusedLargeBlocksTest, NoBlockIsUsedAgainAtOnce) {
  free_a_mebibyte();
  unsigned char* const block = take(kSize);
  give(block);
  EXPECT_NE(take(kSize), block);
  EXPECT_DEATH(*static_cast<volatile unsigned char*>(block) = 1, "");
}

TEST_F(ReusedLargeBlocksTest, ASmallerBlockInAUsedPlaceIsGuardedAndTheFormerOneRemembered) {
  unsigned char* const former = take(kSize);
  give(former);
  free_a_mebibyte();
  constexpr std::size_t kSmaller = kSize - 3 * 4096;
  unsigned char* const block = take(kSmaller);
  ASSERT_NE(block, nullptr);
  EXPECT_FALSE(zeroed_);
  EXPECT_NE(block, former);
  const core::BlockSnapshot found = blocks_.find_block(reinterpret_cast<std::uintptr_t>(block) + 100);
  EXPECT_EQ(found.user, reinterpret_cast<std::uintptr_t>(block));
  EXPECT_DEATH(static_cast<volatile unsigned char*>(block)[-4096 - 32] = 1, "");
  EXPECT_DEATH(static_cast<volatile unsigned char*>(block)[kSmaller + 32] = 1, "");
  give(former);
  EXPECT_EQ(notes_.only().kind, FaultKind::kDoubleFree);
  EXPECT_EQ(notes_.only().block.free_trace, 12U);
  notes_.faults.clear();
  give(block);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(ReusedLargeBlocksTest, MuchLargerPlacesAndOtherAlignmentsAreNotUsed) {
  unsigned char* const former = take(kSize);
  give(former);
  free_a_mebibyte();
  static_cast<void>(take(kSize / 2));
  EXPECT_TRUE(zeroed_);
  static_cast<void>(take(kSize, core::Origin::kMalloc, 8192));
  EXPECT_TRUE(zeroed_);
  EXPECT_EQ(take(kSize), former);
  give(former);
  free_a_mebibyte();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(take(kSize - 8192, core::Origin::kMalloc, 4096)) % 4096, 0U);
  EXPECT_FALSE(zeroed_);
}

TEST_F(ReusedLargeBlocksTest, NoMorePagesAreKeptThanTheLimitSays) {
  for (int i = 0; i < 100; ++i) give(take(kSize + 4096 * static_cast<std::size_t>(i % 50)));
  EXPECT_LE(blocks_.stats().kept_bytes, std::size_t{8} << 20);
  EXPECT_GE(blocks_.stats().kept_bytes, std::size_t{7} << 20);
  EXPECT_GT(blocks_.stats().quarantined_bytes, blocks_.stats().kept_bytes);
  EXPECT_NE(blocks_.trim(notes_), 0U);
  EXPECT_EQ(blocks_.stats().kept_bytes, 0U);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(ReusedLargeBlocksTest, WhatIsTooLargeToKeepIsEmptied) {
  unsigned char* const block = take(5 << 20);
  give(block);
  EXPECT_EQ(blocks_.stats().kept_bytes, 0U);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 1U);
  EXPECT_DEATH(*static_cast<volatile unsigned char*>(block) = 1, "");
  give(block);
  EXPECT_EQ(notes_.only().kind, FaultKind::kDoubleFree);
}

TEST_F(LargeBlocksTest, WhatAResizeLeftIsClosedAndExplained) {
  unsigned char* const block = take(kSize);
  const auto resized =
      blocks_.resize(block, {5 * kSize, 0, core::Origin::kMalloc, {13, 5, 43}}, 1, notes_).value();
  ASSERT_NE(resized.result, nullptr);
  ASSERT_NE(resized.result, block);
  EXPECT_DEATH(*static_cast<volatile unsigned char*>(block) = 1, "");
  const PageHit hit = blocks_.try_explain_trap(reinterpret_cast<std::uintptr_t>(block)).value();
  EXPECT_EQ(hit.zone, PageHit::Zone::kFreed);
  EXPECT_EQ(hit.block.free_trace, 13U);
  give(block);
  EXPECT_EQ(notes_.only().kind, FaultKind::kDoubleFree);
  EXPECT_EQ(notes_.only().block.free_thread, 5);
}

TEST_F(LargeBlocksTest, ABlockWhosePagesLieInSeveralMappingsMovesWhole) {
  constexpr std::size_t kPage = 4096;
  unsigned char* block = take(kSize);
  for (std::size_t i = 0; i < kSize; ++i) block[i] = static_cast<unsigned char>(i * 13);
  auto* const page =
      reinterpret_cast<unsigned char*>((reinterpret_cast<std::uintptr_t>(block) + 10 * kPage) & ~(kPage - 1));
  ASSERT_EQ(madvise(page, kPage, MADV_DONTDUMP), 0);  // splits the kernel's mapping
  std::size_t size = kSize;
  for (int i = 0; i < 6; ++i) {
    size = size * 2;
    const auto resized = blocks_.resize(block, {size, 0, core::Origin::kMalloc, {}}, 1, notes_).value();
    ASSERT_NE(resized.result, nullptr);
    block = static_cast<unsigned char*>(resized.result);
    block[size - 1] = 1;
    for (std::size_t at = 0; at < kSize; ++at) ASSERT_EQ(block[at], static_cast<unsigned char>(at * 13));
  }
  give(block);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(LargeBlocksTest, QuarantineIsBounded) {
  LargeQuarantine::Limits limits;
  limits.space_bytes = 10 * kSize;
  blocks_.set_up(1, limits);
  for (int i = 0; i < 100; ++i) give(take(kSize));
  EXPECT_LE(blocks_.stats().quarantined_bytes, 10 * kSize);
  EXPECT_GE(blocks_.stats().quarantined_blocks, 10 * kSize / (kSize + 2 * large_guard() + 2 * 4096));
  EXPECT_EQ(blocks_.stats().live_blocks, 0U);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(LargeBlocksTest, TheLatestFreedBlockStaysClosedHoweverLongItIs) {
  LargeQuarantine::Limits limits;
  limits.space_bytes = kSize;
  limits.keeps_latest = true;
  blocks_.set_up(1, limits);
  unsigned char* const first = take(4 * kSize);
  give(first);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 1U);
  const std::optional<PageHit> hit = blocks_.try_explain_trap(address_of(first) + kSize);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->zone, PageHit::Zone::kFreed);
  unsigned char* const second = take(4 * kSize);
  EXPECT_NE(second, first);
  give(second);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 1U);
  EXPECT_TRUE(notes_.faults.empty());
}

}  // namespace
}  // namespace padlock::runtime
