// What the program is about to access, against blocks laid out by hand: which fault it is, of which block,
// and from which byte on; and that what is not certain is none.
#include "core/examine/access.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "core/block/sealed_block.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

constexpr std::uint32_t kGranulesOfBlock = 6;  // 40 bytes and a padding of 24
constexpr std::uint64_t kSize = 40;

class AccessTest : public testing::Test {
 protected:
  // One block behind another from the region's base on.
  std::uintptr_t add(BlockState state, std::uint32_t granules = kGranulesOfBlock,
                     std::uint64_t requested = kSize) {
    const std::uintptr_t user = put(region_->top, state, granules, requested);
    region_->starts.set(region_->top);
    region_->top += granules;
    return user;
  }
  std::uintptr_t put(std::uint32_t start, BlockState state, std::uint32_t granules, std::uint64_t requested) {
    BlockFields fields;
    fields.granules = granules;
    fields.state = state;
    fields.requested = requested;
    fields.number = ++number_;
    BlockHeader* const header = region_->header_at(start);
    write_header(header, fields, keys_);
    if (state == BlockState::kLive) lock_padding(header, requested, capacity_of(granules), keys_);
    return address_of(region_->header_at(start)->user());
  }
  Fault judge(std::uintptr_t address, std::uint64_t length, Access access = Access::kRead) {
    return judge_access(*region_, keys_, {.address = address, .length = length, .access = access});
  }
  void expect(const Fault& fault, FaultKind kind, std::uintptr_t block, std::uintptr_t first_bad) {
    EXPECT_EQ(fault.kind, kind);
    EXPECT_EQ(fault.block.user, block);
    EXPECT_EQ(fault.address, first_bad);
    EXPECT_EQ(fault.moment, Moment::kAccess);
  }

  Keys keys_ = Keys::derive(test::kTestKey);
  test::GuardedSpan blocks_{64 * 1024};
  test::GuardedSpan metadata_{align_up(Region::metadata_bytes(64 * 1024), std::size_t{4096})};
  Region* region_ = Region::create(blocks_.span(), metadata_.span());
  std::uint64_t number_ = 0;
};

TEST_F(AccessTest, AHeaderShowsWhatIsTheProgramsBehindIt) {
  const std::uintptr_t user = add(BlockState::kLive);
  const std::uintptr_t freed = add(BlockState::kQuarantined);
  const BlockHeader* const header = BlockHeader::of_user(reinterpret_cast<void*>(user));
  EXPECT_TRUE(lies_behind(header, user, kSize));
  EXPECT_TRUE(lies_behind(header, user + kSize, 0));
  EXPECT_TRUE(lies_behind(header, user + 7, kSize - 7));
  EXPECT_FALSE(lies_behind(header, user, kSize + 1));
  EXPECT_FALSE(lies_behind(header, user + kSize, 1));
  EXPECT_FALSE(lies_behind(header, user - 1, 1));
  EXPECT_FALSE(lies_behind(header, user + 1, SIZE_MAX));
  EXPECT_FALSE(lies_behind(header, freed, 1));
  EXPECT_FALSE(lies_behind(BlockHeader::of_user(reinterpret_cast<void*>(freed)), freed, 1));
}

TEST_F(AccessTest, TheHeaderOfABlockThatBeginsNearIsFound) {
  constexpr std::uint32_t kLong = 200;
  const std::uintptr_t user = add(BlockState::kLive, kLong, kLong * kGranule - kHeaderSize - 8);
  const std::uintptr_t next = add(BlockState::kLive);
  const auto header_of = [](std::uintptr_t of) { return BlockHeader::of_user(reinterpret_cast<void*>(of)); };
  EXPECT_EQ(header_near(*region_, user), header_of(user));
  EXPECT_EQ(header_near(*region_, user - 1), header_of(user));
  EXPECT_EQ(header_near(*region_, next + kSize - 1), header_of(next));
  EXPECT_EQ(header_near(*region_, user + 64 * kGranule), nullptr);
  EXPECT_EQ(header_near(*region_, next + kGranulesOfBlock * kGranule), nullptr);
  EXPECT_EQ(header_near(*region_, region_->base() - 1), nullptr);
  EXPECT_EQ(header_near(*region_, 0), nullptr);
  EXPECT_EQ(header_near(*region_, UINTPTR_MAX), nullptr);
}

TEST_F(AccessTest, WhatLiesInALiveBlockIsSound) {
  add(BlockState::kLive);
  const std::uintptr_t user = add(BlockState::kLive);
  EXPECT_EQ(judge(user, kSize).kind, FaultKind::kNone);
  EXPECT_EQ(judge(user + kSize - 1, 1).kind, FaultKind::kNone);
  EXPECT_EQ(accessible_at(*region_, user), kSize);
  EXPECT_EQ(accessible_at(*region_, user + 10), kSize - 10);
  EXPECT_EQ(accessible_at(*region_, user + kSize), 0U);
  EXPECT_EQ(accessible_at(*region_, user + kSize + 1), 0U);
  EXPECT_EQ(accessible_at(*region_, user - 1), 0U);
}

TEST_F(AccessTest, BeyondTheEndIsAnOverflowFromItsFirstByteOn) {
  const std::uintptr_t user = add(BlockState::kLive);
  expect(judge(user, kSize + 1), FaultKind::kHeapBufferOverflow, user, user + kSize);
  expect(judge(user + 8, UINT64_MAX), FaultKind::kHeapBufferOverflow, user, user + kSize);
  expect(judge(user + kSize, 1), FaultKind::kHeapBufferOverflow, user, user + kSize);
  expect(judge(user + kSize + 9, 4), FaultKind::kHeapBufferOverflow, user, user + kSize + 9);
}

// What is there shows an overflow that was made before the call that reads over it.
TEST_F(AccessTest, AReadOverDamagedPaddingIsTheOverflowThatDamagedIt) {
  const std::uintptr_t user = add(BlockState::kLive);
  add(BlockState::kLive);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(user);
  for (std::size_t i = kSize; i < kSize + 3; ++i) bytes[i] ^= 0x55;
  const Fault fault = judge(user + 8, kSize);
  EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(fault.moment, Moment::kCall);
  EXPECT_EQ(fault.block.user, user);
  EXPECT_EQ(fault.damage.address, user + kSize);
  EXPECT_EQ(fault.damage.offset, 40);
  EXPECT_EQ(fault.damage.length, 3U);
  EXPECT_FALSE(fault.damage.at_least);
  EXPECT_FALSE(fault.accessed.present());
  // A write past the end is a fault of its own.
  expect(judge(user + 8, kSize, Access::kWrite), FaultKind::kHeapBufferOverflow, user, user + kSize);
  EXPECT_EQ(judge(user + 8, 32).kind, FaultKind::kNone);
}

TEST_F(AccessTest, DamageUpToTheEndOfThePaddingMayGoOn) {
  const std::uintptr_t user = add(BlockState::kLive);
  add(BlockState::kLive);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(user);
  for (std::size_t i = kSize; i < capacity_of(kGranulesOfBlock); ++i) bytes[i] ^= 0x55;
  const Fault fault = judge(user, kSize + 1);
  EXPECT_EQ(fault.damage.length, 24U);
  EXPECT_TRUE(fault.damage.at_least);
}

TEST_F(AccessTest, AReadThatBeginsWhereNothingWasWrittenSaysSo) {
  const std::uintptr_t user = add(BlockState::kLive);
  const auto unwritten = [&](std::uintptr_t address) {
    return judge(address, user + kSize + 1 - address).accessed.unwritten;
  };
  EXPECT_FALSE(unwritten(user));
  auto* const bytes = reinterpret_cast<std::byte*>(user);
  fill_poison(bytes, bytes + 48, keys_.poison);
  seal_block(region_->header_at(0), {.granules = kGranulesOfBlock, .requested = kSize, .number = 1},
             capacity_of(kGranulesOfBlock), keys_);
  EXPECT_TRUE(unwritten(user));
  EXPECT_TRUE(unwritten(user + 3));
  EXPECT_TRUE(unwritten(user + kSize - 4));
  EXPECT_FALSE(unwritten(user + kSize - 3)) << "too few bytes to be certain";
  EXPECT_FALSE(judge(user, kSize + 1, Access::kWrite).accessed.unwritten);
  bytes[8] ^= std::byte{1};
  EXPECT_FALSE(unwritten(user));
  EXPECT_TRUE(unwritten(user + 9));
}

TEST_F(AccessTest, InAHeaderTheNearerLiveBlockIsAtFault) {
  const std::uintptr_t first = add(BlockState::kLive);
  const std::uintptr_t second = add(BlockState::kLive);
  const std::uintptr_t third = add(BlockState::kQuarantined);
  expect(judge(first - 8, 4), FaultKind::kHeapBufferUnderflow, first, first - 8);
  expect(judge(second - 8, 4), FaultKind::kHeapBufferUnderflow, second, second - 8);
  expect(judge(second - 31, 4), FaultKind::kHeapBufferOverflow, first, second - 31);
  expect(judge(third - 8, 4), FaultKind::kHeapBufferOverflow, second, third - 8);
}

TEST_F(AccessTest, FreedBlocksAreNotForUse) {
  const std::uintptr_t quarantined = add(BlockState::kQuarantined);
  const std::uintptr_t ready = add(BlockState::kReady);
  expect(judge(quarantined + 3, 1), FaultKind::kUseAfterFree, quarantined, quarantined + 3);
  EXPECT_EQ(accessible_at(*region_, quarantined), 0U);
  expect(judge(ready, 4, Access::kWrite), FaultKind::kUseAfterFreeWrite, ready, ready);
}

TEST_F(AccessTest, MergedBlocksAreKnownByTheirOldHeaders) {
  const std::uintptr_t merged = add(BlockState::kFree, 3 * kGranulesOfBlock);
  const std::uint32_t ghost = region_->top - 2 * kGranulesOfBlock;
  const std::uintptr_t inner = put(ghost, BlockState::kQuarantined, kGranulesOfBlock, kSize);
  region_->ghosts.set(ghost);
  expect(judge(merged, 1), FaultKind::kUseAfterFree, merged, merged);
  expect(judge(inner + 1, 1), FaultKind::kUseAfterFree, inner, inner + 1);
  EXPECT_EQ(judge(inner + 1, 1).block.state, BlockState::kFree);
  EXPECT_EQ(judge(inner + kSize, 1).kind, FaultKind::kNone);
  EXPECT_EQ(judge(inner + kGranulesOfBlock * kGranule + 8, 1).kind, FaultKind::kNone);
}

// Of a block that is known, whatever the region says.
TEST_F(AccessTest, AKnownBlockIsJudgedByItsBounds) {
  add(BlockState::kLive);
  BlockSnapshot block;
  block.user = 0x10000;
  block.requested = kSize;
  block.state = BlockState::kLive;
  const auto judge_known = [&](std::uintptr_t address, std::uint64_t length, Access access = Access::kRead) {
    return judge_access(block, {.address = address, .length = length, .access = access});
  };
  EXPECT_EQ(judge_known(block.user, kSize).kind, FaultKind::kNone);
  EXPECT_EQ(judge_known(block.user + kSize - 1, 1).kind, FaultKind::kNone);
  expect(judge_known(block.user, kSize + 1), FaultKind::kHeapBufferOverflow, block.user, block.user + kSize);
  expect(judge_known(block.user + kSize, 1), FaultKind::kHeapBufferOverflow, block.user, block.user + kSize);
  expect(judge_known(block.user + kSize + 5, 1), FaultKind::kHeapBufferOverflow, block.user,
         block.user + kSize + 5);
  expect(judge_known(block.user - 1, 1), FaultKind::kHeapBufferUnderflow, block.user, block.user - 1);
  block.state = BlockState::kQuarantined;
  expect(judge_known(block.user + 3, 1), FaultKind::kUseAfterFree, block.user, block.user + 3);
  expect(judge_known(block.user - 3, 1, Access::kWrite), FaultKind::kUseAfterFreeWrite, block.user,
         block.user - 3);
}

TEST_F(AccessTest, ACopyOntoItselfIsAFaultOfALiveBlockThatIsWrittenTo) {
  const std::uintptr_t user = add(BlockState::kLive);
  const std::uintptr_t freed = add(BlockState::kQuarantined);
  const auto overlap = [&](std::uintptr_t to, std::uintptr_t from) {
    return judge_overlap(*region_, keys_, {.address = to, .length = 8, .access = Access::kWrite}, from);
  };
  expect(overlap(user, user + 4), FaultKind::kOverlappingCopy, user, user + 4);
  EXPECT_EQ(overlap(user - 1, user + 4).kind, FaultKind::kNone);
  EXPECT_EQ(overlap(freed, freed + 4).kind, FaultKind::kNone);
  EXPECT_EQ(overlap(address_of(region_->bytes_at(region_->top)), 0).kind, FaultKind::kNone);
  EXPECT_EQ(judge_overlap(BlockSnapshot{}, {.address = 1, .length = 8}, 4).kind, FaultKind::kNone);
}

// What lies behind the length in a header belongs to no block that is known for certain.
TEST_F(AccessTest, ABlockEndsWhereItsHeaderSays) {
  const std::uintptr_t user = add(BlockState::kQuarantined);
  region_->top += 3;
  const std::uintptr_t end = user - kHeaderSize + kGranulesOfBlock * kGranule;
  expect(judge(end - 1, 1), FaultKind::kUseAfterFree, user, end - 1);
  for (const std::uintptr_t behind : {end, end + 1, end + 3 * kGranule - 1})
    EXPECT_EQ(judge(behind, 1).kind, FaultKind::kNone) << behind - end;
}

TEST_F(AccessTest, WhatIsNotCertainIsNoFault) {
  const std::uintptr_t damaged = add(BlockState::kLive);
  const std::uintptr_t blank = add(BlockState::kBlank);
  const std::uintptr_t unallocated = address_of(region_->bytes_at(region_->top));
  region_->header_at(0)->words[1] ^= 1;
  EXPECT_EQ(judge(damaged, 2 * kSize).kind, FaultKind::kNone);
  EXPECT_EQ(judge(blank, 2 * kSize).kind, FaultKind::kNone);
  EXPECT_EQ(judge(unallocated, 1).kind, FaultKind::kNone);
  EXPECT_EQ(accessible_at(*region_, unallocated), kUnbounded);
}

}  // namespace
}  // namespace padlock::core
