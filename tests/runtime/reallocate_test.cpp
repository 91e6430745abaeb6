// Resizing: which blocks stay where they are, what a moved one takes along, and what is left where it fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/arith.h"
#include "process_heap.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::reallocate_checks {
namespace {

class ReallocateTest : public ProcessHeapTest {
 protected:
  static void fill(std::uint8_t* block, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) block[i] = static_cast<std::uint8_t>(i * 7 + 3);
  }
  static bool is_filled(const std::uint8_t* block, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      if (block[i] != static_cast<std::uint8_t>(i * 7 + 3)) return false;
    return true;
  }
  static std::uint8_t* resized(void* block, std::size_t size) {
    return static_cast<std::uint8_t*>(reallocate(block, size, here()));
  }
  static core::BlockSnapshot block_of(const void* pointer) { return find_block(address_of(pointer)); }
  static Holder holder_of(const void* pointer) { return place_of(address_of(pointer)).holder; }
};

TEST_F(ReallocateTest, ALongBlockThatBecomesLessThanHalfLeavesItsPlace) {
  for (const bool shorter : {false, true}) {
    std::uint8_t* const block = take(50'000);
    fill(block, 25'000);
    std::uint8_t* const result = resized(block, shorter ? 24'999 : 25'000);
    EXPECT_EQ(result != block, shorter);
    EXPECT_TRUE(is_filled(result, 24'999));
    EXPECT_EQ(block_of(result).requested, shorter ? 24'999U : 25'000U);
    EXPECT_EQ(block_of(block).state, shorter ? core::BlockState::kQuarantined : core::BlockState::kLive);
    give(result);
  }
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(ReallocateTest, ABlockMovesBetweenHolders) {
  const struct {
    std::size_t from, to;
    Holder holder;
  } cases[] = {{100, 5000, Holder::kArena},    {100, 100'000, Holder::kArena},
               {100, 500'000, Holder::kLarge}, {500'000, 100'000, Holder::kArena},
               {500'000, 100, Holder::kArena}, {500'000, 2'000'000, Holder::kLarge}};
  for (const auto& one : cases) {
    std::uint8_t* const block = take(one.from);
    fill(block, one.from);
    std::uint8_t* const result = resized(block, one.to);
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(holder_of(result), one.holder);
    EXPECT_EQ(usable_size(result, here()), one.to);
    EXPECT_TRUE(is_filled(result, std::min(one.from, one.to)));
    EXPECT_EQ(block_of(result).origin, core::Origin::kMalloc);
    give(result);
    give(result);
    EXPECT_EQ(kinds(), Kinds{"double-free"});
  }
}

TEST_F(ReallocateTest, WhatALargeBlockGainsIsNotTheSystemsZeros) {
  std::uint8_t* const block = take(100);
  std::uint8_t* const result = resized(block, 600'000);
  const std::uint8_t* const first = result + 104;
  EXPECT_FALSE(std::all_of(first, first + 64, [](std::uint8_t byte) { return byte == 0; }));
  give(result);
  EXPECT_EQ(kinds(), Kinds{});
}

// A block that was aligned is freed as such when it moves, whatever realloc gives instead.
TEST_F(ReallocateTest, AnAlignedBlockMayMove) {
  for (const std::size_t size : {100U, 50'000U, 600'000U}) {
    for (const std::size_t to : {size * 3, size / 3}) {
      auto* const block = static_cast<std::uint8_t*>(allocate({size, 128, core::Call::kMemalign}, here()));
      fill(block, size);
      std::uint8_t* const result = resized(block, to);
      ASSERT_NE(result, nullptr);
      EXPECT_TRUE(is_filled(result, std::min(size, to)));
      give(result);
      EXPECT_EQ(kinds(), Kinds{});
    }
  }
}

TEST_F(ReallocateTest, ToNothingIsToFree) {
  for (const std::size_t size : {100U, 50'000U, 600'000U}) {
    std::uint8_t* const block = take(size);
    EXPECT_EQ(resized(block, 0), nullptr);
    EXPECT_NE(block_of(block).state, core::BlockState::kLive);
    EXPECT_EQ(kinds(), Kinds{});
    EXPECT_EQ(reallocate_array(block, 0, 5, here()), nullptr);
    EXPECT_EQ(faults().at(0).call, "reallocarray");
  }
  void* const block = resized(nullptr, 0);
  EXPECT_NE(block, nullptr) << "of nothing it is to allocate";
  give(block);
}

TEST_F(ReallocateTest, BadPointersAreRefusedAndNothingChanges) {
  static std::uint8_t object[64];
  const auto refused = [&](void* pointer, std::size_t size) {
    errno = 0;
    return resized(pointer, size) == nullptr && errno == EINVAL && kinds().size() == 1;
  };
  EXPECT_TRUE(refused(object, 10));
  EXPECT_TRUE(refused(object + 32, 100'000));
  for (const std::size_t size : {100U, 50'000U, 600'000U}) {
    std::uint8_t* const block = take(size);
    EXPECT_TRUE(refused(block + 16, 10)) << size;
    EXPECT_TRUE(refused(block + 16, 2 * size)) << size;
    EXPECT_EQ(usable_size(block, here()), size);
    give(block);
    EXPECT_TRUE(refused(block, 10)) << size;
  }
}

TEST_F(ReallocateTest, ALimitOfTheUsersKeepsTheBlock) {
  const Changed<std::size_t> limit(settings.max_size, 700'000);
  for (const std::size_t size : {100U, 50'000U, 600'000U}) {
    std::uint8_t* block = take(size);
    fill(block, size);
    errno = 0;
    EXPECT_EQ(resized(block, 700'001), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(kinds(), Kinds{"invalid-size"});
    EXPECT_TRUE(is_filled(block, size));
    EXPECT_EQ(usable_size(block, here()), size);
    block = resized(block, 700'000);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_filled(block, size));
    give(block);
  }
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(ReallocateTest, BlocksOfTheBootstrapHeapMoveToWhereTheyAreChecked) {
  auto* const block = static_cast<std::uint8_t*>(bootstrap_heap.allocate(100, 0));
  fill(block, 100);
  EXPECT_EQ(usable_size(block, here()), 100U);
  for (const std::size_t size : {50U, 100U, 3000U}) {
    std::uint8_t* const result = resized(block, size);
    EXPECT_EQ(holder_of(result), Holder::kArena);
    EXPECT_EQ(usable_size(result, here()), size);
    EXPECT_TRUE(is_filled(result, std::min<std::size_t>(size, 100)));
    give(result);
  }
  give(block);
  give(block);
  EXPECT_EQ(kinds(), Kinds{}) << "what is not checked is not freed";
}

// As in a signal handler that interrupted the allocator.
class NotLetInTest : public ReallocateTest {
 protected:
  NotLetInTest() : small_(take(100)), large_(take(600'000)) {
    fill(small_, 100);
    fill(large_, 600'000);
  }
  ~NotLetInTest() override {
    give(small_);
    give(large_);
  }
  std::uint8_t *small_, *large_;
};

TEST_F(NotLetInTest, MemoryComesFromTheBootstrapHeap) {
  const ActivityScope reporting(Activity::kReporting);
  for (const std::size_t alignment : {0U, 256U}) {
    void* const block = allocate({100, alignment}, here());
    EXPECT_EQ(holder_of(block), Holder::kBootstrap);
    EXPECT_EQ(address_of(block) % std::max<std::size_t>(alignment, 16), 0U);
    EXPECT_EQ(BootstrapHeap::size_of(block), 100U);
  }
  const auto* const zeroed = static_cast<std::uint8_t*>(allocate_zeroed(10, 10, here()));
  EXPECT_EQ(holder_of(zeroed), Holder::kBootstrap);
  EXPECT_TRUE(std::all_of(zeroed, zeroed + 100, [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(NotLetInTest, ABlockIsCopiedAndStaysAsItIs) {
  for (std::uint8_t* const block : {small_, large_}) {
    const core::BlockSnapshot before = block_of(block);
    for (const std::size_t size : {60U, 5000U}) {
      const ActivityScope reporting(Activity::kReporting);
      std::uint8_t* const copy = resized(block, size);
      EXPECT_EQ(holder_of(copy), Holder::kBootstrap);
      EXPECT_EQ(BootstrapHeap::size_of(copy), size);
      EXPECT_TRUE(is_filled(copy, std::min<std::size_t>(size, before.requested)));
    }
    EXPECT_EQ(block_of(block), before);
  }
}

TEST_F(NotLetInTest, WhatIsNoBlocksStartHasNoCopy) {
  const ActivityScope reporting(Activity::kReporting);
  for (void* const pointer :
       {static_cast<void*>(small_ + 16), static_cast<void*>(large_ + 16), static_cast<void*>(this)}) {
    errno = 0;
    EXPECT_EQ(resized(pointer, 10), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
}

TEST_F(NotLetInTest, NothingIsFreedAndNoSizeIsKnown) {
  {
    const ActivityScope reporting(Activity::kReporting);
    for (std::uint8_t* const block : {small_, large_}) {
      give(block);
      EXPECT_EQ(usable_size(block, here()), 0U);
    }
  }
  EXPECT_EQ(usable_size(small_, here()), 100U);
  EXPECT_EQ(usable_size(large_, here()), 600'000U);
}

class GuardedReallocateTest : public ReallocateTest {
 protected:
  GuardedReallocateTest() {
    guarded_blocks.set_up(settings.keys, {});
    EXPECT_TRUE(guarded_blocks.begin());
    core::AllocRequest request;
    request.size = 1000;
    request.alignment = 64;
    request.by.number = 1;
    request.origin = core::Origin::kAligned;
    block_ = static_cast<std::uint8_t*>(guarded_blocks.allocate(request, GuardedSide::kBack));
    fill(block_, 1000);
  }
  std::uint8_t* block_;
};

TEST_F(GuardedReallocateTest, AlwaysMoves) {
  EXPECT_EQ(usable_size(block_, here()), 1000U);
  std::uint8_t* const result = resized(block_, 1000);
  EXPECT_EQ(holder_of(result), Holder::kArena);
  EXPECT_TRUE(is_filled(result, 1000));
  EXPECT_NE(block_of(block_).state, core::BlockState::kLive);
  EXPECT_EQ(kinds(), Kinds{});
  errno = 0;
  EXPECT_EQ(resized(block_, 10), nullptr);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(kinds(), Kinds{"use-after-free"});
  EXPECT_EQ(usable_size(block_, here()), 0U);
  EXPECT_EQ(kinds(), Kinds{"use-after-free"});
  give(block_);
  EXPECT_EQ(kinds(), Kinds{"double-free"});
  give(result);
}

TEST_F(GuardedReallocateTest, BeginsWhereItBegins) {
  for (std::uint8_t* const pointer : {block_ + 16, block_ - 16}) {
    errno = 0;
    EXPECT_EQ(resized(pointer, 10), nullptr);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(usable_size(pointer, here()), 0U);
    give(pointer);
    EXPECT_EQ(kinds(), (Kinds{"invalid-free", "invalid-free", "invalid-free"}));
  }
  EXPECT_EQ(usable_size(block_, here()), 1000U);
  give(block_);
  EXPECT_EQ(kinds(), Kinds{});
}

}  // namespace
}  // namespace padlock::runtime::reallocate_checks
