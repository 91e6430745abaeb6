// What is known of a guarded slot from one block to the next, and of the slack around its block.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <vector>

#include "base/arith.h"
#include "base/random.h"
#include "core/block/seal.h"
#include "fault_notes.h"
#include "kernel.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime::guarded_slot_checks {
namespace {

constexpr std::size_t kPage = 4096;

std::uint8_t& byte_at(std::uintptr_t address) { return *reinterpret_cast<std::uint8_t*>(address); }

class GuardedSlots : public testing::Test {
 protected:
  // By default a freed slot is the next one to be used.
  explicit GuardedSlots(std::size_t quarantine_bytes = 1) {
    GuardedBlocks::Limits limits;
    limits.region_bytes = 64_MiB;
    limits.quarantine_bytes = quarantine_bytes;
    blocks_.set_up(keys(), limits);
    EXPECT_TRUE(blocks_.begin());
  }

  static core::Keys keys() { return core::Keys::derive(0x5eed); }
  std::uintptr_t take(std::size_t size, GuardedSide side = GuardedSide::kBack, std::size_t alignment = 0) {
    return address_of(blocks_.allocate({size, alignment, core::Origin::kMalloc, {1, 2, ++number_}}, side));
  }
  void give(std::uintptr_t user) {
    ASSERT_TRUE(blocks_.deallocate(reinterpret_cast<void*>(user), {}, notes_));
    ASSERT_TRUE(notes_.faults.empty());
  }

  GuardedBlocks blocks_;
  FaultNotes notes_;
  std::uint64_t number_ = 0;
};

TEST_F(GuardedSlots, NoCanaryIsTheSameAsAnotherNorHasAZeroByte) {
  std::set<std::uint64_t> canaries;
  std::vector<std::uintptr_t> held;
  for (std::size_t i = 0; i < 400; ++i) {
    const std::uintptr_t user = take(100, i % 2 == 0 ? GuardedSide::kBack : GuardedSide::kFront);
    ASSERT_NE(user, 0U);
    const GuardedBlock block = blocks_.look_at(user);
    canaries.insert(block.canary);
    ASSERT_EQ(block.canary, core::canary_of(static_cast<std::uint32_t>(mix64(user) ^ number_), keys()));
    for (std::uintptr_t at = block.data.begin; at != block.data.end; ++at) {
      if (at >= user && at < user + 100) continue;
      ASSERT_EQ(byte_at(at), block.canary >> at % 8 * 8 & 0xff);
      ASSERT_NE(byte_at(at), 0);
    }
    if (i % 4 == 0) {
      give(user);
    } else {
      held.push_back(user);
    }
  }
  EXPECT_EQ(canaries.size(), 400U);
  for (const std::uintptr_t user : held) give(user);
}

// Of the bytes that a report shows only those of the slack have a value that they should have.
TEST_F(GuardedSlots, WhatAReportExpectsEndsWhereTheDataBegins) {
  for (const std::size_t alignment : {16U, 64U}) {
    constexpr std::size_t kSize = 100;
    const std::uintptr_t user = take(kSize, GuardedSide::kBack, alignment);
    const GuardedBlock block = blocks_.look_at(user);
    for (std::size_t i = 0; i < kSize; ++i) byte_at(user + i) = 0x41;
    for (const bool behind : {false, true}) {
      const std::uintptr_t damaged = behind ? user + kSize : user - 1;
      byte_at(damaged) ^= 0x55;
      EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 1U);
      const core::DamageWindow window = notes_.only().damage.window;
      ASSERT_GT(window.size, 0U);
      EXPECT_LE(window.start, user + (behind ? kSize - 1 : 0));
      for (std::uint16_t i = 0; i < window.size; ++i) {
        const std::uintptr_t at = window.start + i;
        const bool known = behind ? at >= user + kSize : at < user;
        ASSERT_EQ(window.known[i], known) << at - user;
        ASSERT_EQ(window.found[i], byte_at(at));
        if (known) {
          ASSERT_EQ(window.expected[i], block.canary >> at % 8 * 8 & 0xff) << at - user;
        }
      }
      notes_.faults.clear();
      byte_at(damaged) ^= 0x55;
    }
    give(user);
  }
}

// The block that was there is forgotten before the next one is known.
TEST_F(GuardedSlots, ASlotThatCouldNotBeOpenedAgainHoldsNoBlock) {
  const std::uintptr_t user = take(100);
  EXPECT_FALSE(blocks_.is_empty_at(user));
  give(user);
  EXPECT_FALSE(blocks_.is_empty_at(user));
  EXPECT_TRUE(blocks_.find_block(user).present());
  memory_budget.set_limit(1);
  EXPECT_EQ(take(100), 0U);
  EXPECT_TRUE(blocks_.is_empty_at(user));
  EXPECT_FALSE(blocks_.find_block(user).present());
  EXPECT_FALSE(blocks_.find_nearest(user).present());
  memory_budget.set_limit(0);
  EXPECT_FALSE(blocks_.deallocate(reinterpret_cast<void*>(user), {}, notes_));
  EXPECT_EQ(take(100), user);
  EXPECT_FALSE(blocks_.is_empty_at(user));
  EXPECT_FALSE(blocks_.is_empty_at(user - 64_MiB));
}

// An empty slot is none that is near. Of two that are as near it is the lower one.
TEST_F(GuardedSlots, TheNearestBlockIsNoneOfASlotThatHasNone) {
  constexpr std::size_t kSlot = 4 * kPage;
  const std::uintptr_t user = take(100);
  const std::uintptr_t other = take(100);
  const std::uintptr_t long_one = take(100 * kPage);  // in the last area
  const std::uintptr_t begin = align_down(user, kSlot);
  ASSERT_EQ(align_down(other, kSlot), begin + kSlot);
  EXPECT_EQ(blocks_.find_nearest(begin + kSlot / 2).user, user);
  EXPECT_EQ(blocks_.find_nearest(begin + kSlot / 2 + 1).user, other);
  give(user);
  EXPECT_EQ(blocks_.find_nearest(begin).user, user);
  memory_budget.set_limit(1);
  EXPECT_EQ(take(100), 0U);
  memory_budget.set_limit(0);
  EXPECT_EQ(blocks_.find_nearest(begin).user, other);
  EXPECT_EQ(blocks_.find_nearest(long_one - kPage).user, long_one);
  give(other);
  EXPECT_EQ(blocks_.find_nearest(begin).user, other);
}

TEST_F(GuardedSlots, BlocksOfEverySizeAreCheckedAndTheirAreasShortenedBehindThem) {
  constexpr std::size_t kSlack = 24;
  std::vector<std::uintptr_t> slot_ends;
  for (const std::size_t pages : {1U, 5U, 13U, 29U, 61U, 120U}) {
    const std::size_t size = pages * kPage - kSlack;
    const std::uintptr_t user = take(size);
    ASSERT_NE(user, 0U);
    slot_ends.push_back(align_up(user + size, kPage) + kPage);
    byte_at(user + size) ^= 0x55;
    EXPECT_EQ(blocks_.check(core::Moment::kExit, notes_), 1U) << pages;
    EXPECT_EQ(notes_.only().block.user, user);
    byte_at(user + size) ^= 0x55;
    notes_.faults.clear();
  }
  for (const std::uintptr_t end : slot_ends) EXPECT_TRUE(blocks_.has_slot_at(end));
  blocks_.shorten();
  for (const std::uintptr_t end : slot_ends) {
    EXPECT_TRUE(blocks_.has_slot_at(end - 1));
    EXPECT_FALSE(blocks_.has_slot_at(end));
  }
}

TEST_F(GuardedSlots, DamageIsReportedWhereTheBlockIsFreed) {
  const std::uintptr_t user = take(100, GuardedSide::kFront);
  byte_at(user + 100) ^= 0x55;
  EXPECT_TRUE(blocks_.deallocate(reinterpret_cast<void*>(user), {}, notes_));
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(notes_.only().moment, core::Moment::kFree);
  EXPECT_EQ(notes_.only().damage.offset, 100);
  EXPECT_FALSE(blocks_.look_at(user).live());
}

// Nor what is left over at the end of the region.
TEST_F(GuardedSlots, BesideTheRegionThereIsNothing) {
  const std::uintptr_t user = take(100);
  const std::uintptr_t region = align_down(user, std::uintptr_t{16_MiB});
  ASSERT_TRUE(blocks_.has_slot_at(region));
  std::uint64_t local = 0;
  for (const std::uintptr_t address :
       {std::uintptr_t{0}, region - 1, region + 64_MiB - 1_MiB, region + 64_MiB - 1, region + 64_MiB,
        region + 64_MiB + 1, address_of(&local), UINTPTR_MAX}) {
    EXPECT_FALSE(blocks_.has_slot_at(address));
    EXPECT_FALSE(blocks_.is_empty_at(address));
    EXPECT_FALSE(blocks_.find_block(address).present());
    EXPECT_FALSE(blocks_.look_at(address).present());
    EXPECT_EQ(blocks_.explain_trap(address).zone, PageHit::Zone::kNone);
    EXPECT_EQ(blocks_.accessible_at(address), 0U);
    EXPECT_FALSE(blocks_.deallocate(reinterpret_cast<void*>(address), {}, notes_));
    EXPECT_EQ(blocks_.usable_size(reinterpret_cast<void*>(address), notes_), std::nullopt);
  }
  EXPECT_TRUE(blocks_.has_slot_at(region + 64_MiB - 1_MiB - 1));
  void* const own = mmap(nullptr, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_FALSE(blocks_.open_after_fault(address_of(own)));
  EXPECT_FALSE(is_readable(address_of(own)));
  munmap(own, kPage);
}

class QuarantinedGuardedSlots : public GuardedSlots {
 protected:
  QuarantinedGuardedSlots() : GuardedSlots(64_MiB) {}
};

// A slot that is opened for the first time after that is made ready up to where its area ends by now.
TEST_F(QuarantinedGuardedSlots, OfAShortenedAreaNothingBeyondItsEndIsMadeReady) {
  constexpr std::size_t kSlot = 4 * kPage;
  memory_budget.set_limit(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(100), 0U);
  blocks_.shorten();
  memory_budget.set_limit(0);
  const std::uintptr_t first = take(100);
  ASSERT_NE(first, 0U);
  EXPECT_EQ(blocks_.has_markers(), has_markers());
  const std::uintptr_t begin = align_down(first, kSlot);
  for (std::uintptr_t at = begin; at < begin + 16 * kSlot; at += kPage)
    EXPECT_EQ(blocks_.has_slot_at(at), at < begin + 3 * kSlot) << (at - begin) / kPage;
  EXPECT_EQ(take(100), first + kSlot);
  EXPECT_EQ(take(100), first + 2 * kSlot);
  EXPECT_EQ(take(100), 0U);
}

// In a child, as marks are in use for good.
void free_a_marked_block(GuardedBlocks& blocks, FaultNotes& notes, std::uintptr_t user) {
  const core::BlockSnapshot block = blocks.find_block(user);
  pool_marks.set_in_use();
  EXPECT_TRUE(pool_marks.poison(block, {user, user + 10}, false));
  EXPECT_EQ(pool_marks.first_poisoned(user, 0, {user, user + 10}), user);
  EXPECT_TRUE(blocks.deallocate(reinterpret_cast<void*>(user), {}, notes));
  EXPECT_EQ(pool_marks.first_poisoned(user, 0, {user, user + 10}), user + 10);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST_F(GuardedSlots, OfAFreedBlockNothingIsPoisoned) {
  const std::uintptr_t user = take(100);
  EXPECT_EXIT(free_a_marked_block(blocks_, notes_, user), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace padlock::runtime::guarded_slot_checks
