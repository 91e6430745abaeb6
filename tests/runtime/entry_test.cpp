// The way into the allocator and out of it: who is let in, with which state, and what is reported on the way
// out; and the quick path, which leaves all that is out of the ordinary to it.
#include "runtime/calls/entry.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "core/block/header.h"
#include "process_heap.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/quick_path.h"
#include "runtime/calls/statistics.h"
#include "runtime/calls/trim.h"
#include "runtime/holders/place.h"
#include "runtime/interposed/pools.h"
#include "runtime/memory/arena_set.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/door.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::entry_checks {
namespace {

using core::Call;

class EntryTest : public ProcessHeapTest {
 protected:
  EntryTest() { give(take(1)); }
  static ThreadState& state() { return *thread_slot.state; }
  static core::BlockSnapshot block_of(const void* pointer) { return find_block(address_of(pointer)); }
};

TEST_F(EntryTest, AThreadIsInsideForAsLongAsItLasts) {
  const trace::FrameState from = here();
  {
    const Entry entry(from, Call::kPvalloc);
    ASSERT_TRUE(entry.granted());
    EXPECT_TRUE(thread_slot.is_inside());
    EXPECT_EQ(entry.call(), Call::kPvalloc);
    EXPECT_EQ(entry.arena(), state().arena);
    EXPECT_EQ(&entry.cache(), &state().cache);
    EXPECT_TRUE(entry.has_cache());
    EXPECT_EQ(&entry.faults(), &state().faults);
    EXPECT_EQ(entry.latest_number(), number_source.latest(state().numbers));
  }
  EXPECT_TRUE(thread_slot.is_idle());
}

TEST_F(EntryTest, ABusyThreadIsNotLetIn) {
  const trace::FrameState from = here();
  for (const Activity activity :
       {Activity::kCapturing, Activity::kReporting, Activity::kPrivate, Activity::kAsking}) {
    const ActivityScope busy(activity);
    EXPECT_FALSE(Entry(from, Call::kMalloc).granted());
    EXPECT_FALSE(thread_slot.is_inside());
  }
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(EntryTest, FaultsAreReportedOnTheWayOutAsTheCalls) {
  const trace::FrameState from = here();
  core::Fault fault;
  fault.kind = core::FaultKind::kDoubleFree;
  {
    const Entry entry(from, Call::kPvalloc);
    entry.faults().on_fault(fault);
    fault.kind = core::FaultKind::kInvalidSize;
    entry.faults().on_fault(fault);
    EXPECT_EQ(faults().size(), 0U);
  }
  const std::vector<NotedFault> noted = faults();
  ASSERT_EQ(noted.size(), 2U);
  EXPECT_EQ(noted[0].kind, "double-free");
  EXPECT_EQ(noted[1].kind, "invalid-size");
  for (const NotedFault& one : noted) EXPECT_EQ(one.call, "pvalloc");
  EXPECT_TRUE(thread_slot.is_idle());
}

TEST_F(EntryTest, ACallThatInterruptedTheAllocatorIsReported) {
  const trace::FrameState from = here();
  const std::uint64_t before = reporter.faults();
  {
    const Inside inside;
    EXPECT_FALSE(Entry(from, Call::kMalloc).granted());
    EXPECT_TRUE(thread_slot.is_inside());
  }
  EXPECT_EQ(reporter.faults(), before + 1);
  {
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_FALSE(Entry(from, Call::kMalloc).granted());
  }
  EXPECT_EQ(reporter.faults(), before + 1) << "its own call";
}

TEST_F(EntryTest, EachAllocationHasANumberAFreeHasNone) {
  const trace::FrameState from = here();
  const Entry entry(from, Call::kMalloc);
  const core::Caller one = entry.allocator();
  const core::Caller other = entry.allocator();
  EXPECT_EQ(other.number, one.number + 1);
  EXPECT_EQ(one.thread, thread_slot.index);
  EXPECT_NE(one.trace, 0U);
  EXPECT_EQ(other.trace, one.trace);
  const core::Caller freeing = entry.caller();
  EXPECT_EQ(freeing.number, 0U);
  EXPECT_EQ(freeing.thread, thread_slot.index);
  EXPECT_EQ(freeing.trace, one.trace);
}

TEST_F(EntryTest, AThreadWhoseStackIsNotKnownYetLeavesNoTrace) {
  state().starting = true;
  std::uint8_t* const block = take(10);
  state().starting = false;
  EXPECT_EQ(block_of(block).alloc_trace, 0U);
  EXPECT_EQ(block_of(block).alloc_thread, thread_slot.index);
  give(block);
}

TEST_F(EntryTest, AThreadThatHasDepartedBorrowsAState) {
  std::thread([&] {
    thread_slot.departed = true;
    const trace::FrameState from = here();
    {
      const Entry entry(from, Call::kMalloc);
      ASSERT_TRUE(entry.granted());
      EXPECT_FALSE(entry.has_cache());
      EXPECT_NE(entry.arena(), nullptr);
    }
    EXPECT_EQ(thread_slot.state, nullptr);
    for (const std::size_t size : {100U, 50'000U, 600'000U}) {
      std::uint8_t* block = take(size);
      EXPECT_EQ(usable_size(block, here()), size);
      EXPECT_EQ(block_of(block).requested, size);
      block = static_cast<std::uint8_t*>(reallocate(block, size / 2, here()));
      EXPECT_EQ(block_of(block).requested, size / 2);
      block = static_cast<std::uint8_t*>(reallocate(block, size * 2, here()));
      EXPECT_EQ(block_of(block).requested, size * 2);
      give(block);
      give(block);
      EXPECT_EQ(kinds(), Kinds{"double-free"});
    }
  }).join();
}

class QuickPathTest : public EntryTest {
 protected:
  QuickPathTest() {
    for (int i = 0; i < 3; ++i) given_.push_back(take(100));  // more of the size are ready
  }
  void SetUp() override {
    if (!is_common_call_for(given_[0])) GTEST_SKIP() << "of this slot other tests have made an uncommon one";
  }
  ~QuickPathTest() override {
    for (std::uint8_t* const block : given_) give(block);
    EXPECT_EQ(kinds(), Kinds{});
  }
  static std::uint8_t* take_quickly(std::size_t size, core::Origin origin = core::Origin::kMalloc) {
    return static_cast<std::uint8_t*>(allocate_quickly(size, origin, here()));
  }
  static bool give_quickly(void* block) {
    core::FreeRequest request;
    return release_quickly(block, request, here());
  }
  static std::uint8_t* resize_quickly(void* block, std::size_t size) {
    return static_cast<std::uint8_t*>(reallocate_quickly(block, size, here()));
  }

  std::vector<std::uint8_t*> given_;
};

TEST_F(QuickPathTest, ABlockIsWhatTheLongWayWouldGive) {
  std::uint8_t* const block = take_quickly(90, core::Origin::kNew);
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(thread_slot.is_idle());
  const core::BlockSnapshot quick = block_of(block);
  EXPECT_EQ(quick.requested, 90U);
  EXPECT_EQ(quick.origin, core::Origin::kNew);
  EXPECT_EQ(quick.state, core::BlockState::kLive);
  EXPECT_EQ(quick.alloc_thread, thread_slot.index);
  EXPECT_NE(quick.alloc_trace, 0U);
  EXPECT_EQ(quick.number, state().numbers.next - 1);
  give(block, Call::kDelete);
}

TEST_F(QuickPathTest, WhatIsOutOfTheOrdinaryIsLeftToTheLongWay) {
  const std::uint64_t number = state().numbers.next;
  EXPECT_EQ(take_quickly(core::size_class::kMostRequested + 1), nullptr);
  EXPECT_EQ(take_quickly(30'000), nullptr) << "none is ready";
  EXPECT_EQ(allocate_zeroed_quickly(SIZE_MAX, 2, here()), nullptr);
  {
    const Changed<bool> work(reinterpret_cast<bool&>(work_after_allocation), true);
    EXPECT_EQ(take_quickly(100), nullptr);
    EXPECT_EQ(resize_quickly(given_[0], 60), nullptr);
  }
  {
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_EQ(take_quickly(100), nullptr);
    EXPECT_FALSE(give_quickly(given_[0]));
    EXPECT_EQ(resize_quickly(given_[0], 60), nullptr);
  }
  thread_slot.gate_closed = true;
  EXPECT_EQ(take_quickly(100), nullptr);
  EXPECT_FALSE(give_quickly(given_[0]));
  EXPECT_EQ(resize_quickly(given_[0], 60), nullptr);
  thread_slot.gate_closed = false;
  EXPECT_TRUE(thread_slot.is_idle());
  EXPECT_EQ(state().numbers.next, number) << "no number is used up";
  EXPECT_EQ(block_of(given_[0]).requested, 100U);
}

TEST_F(QuickPathTest, CallocsBlocksAreZero) {
  std::uint8_t* const dirty = take_quickly(100);
  std::memset(dirty, 0x77, 100);
  give(dirty);
  for (int i = 0; i < 3000; ++i) {
    auto* const block = static_cast<std::uint8_t*>(allocate_zeroed_quickly(10, 10, here()));
    if (block == nullptr) return;
    for (std::size_t at = 0; at < 100; ++at) ASSERT_EQ(block[at], 0);
    EXPECT_EQ(block_of(block).requested, 100U);
    give(block);
  }
}

TEST_F(QuickPathTest, AFreeIsDoneOrNothingIs) {
  std::uint8_t* const block = take_quickly(100);
  EXPECT_TRUE(give_quickly(block));
  const core::BlockSnapshot freed = block_of(block);
  EXPECT_EQ(freed.state, core::BlockState::kQuarantined);
  EXPECT_EQ(freed.free_thread, thread_slot.index);
  EXPECT_NE(freed.free_trace, 0U);
  EXPECT_FALSE(give_quickly(block)) << "twice";
  EXPECT_FALSE(give_quickly(given_[0] + 16));
  EXPECT_FALSE(give_quickly(given_[0] + 1));
  EXPECT_FALSE(give_quickly(this));
  EXPECT_FALSE(give_quickly(nullptr));
  std::uint8_t* const of_new = take(100, Call::kNew);
  EXPECT_FALSE(give_quickly(of_new));
  give(of_new, Call::kDelete);
  EXPECT_TRUE(thread_slot.is_idle());
}

TEST_F(QuickPathTest, AResizeIsDoneOrNothingIs) {
  given_.push_back(take(300));
  while (!state().cache.has_ready(300)) given_.push_back(take(300));
  std::uint8_t* block = take_quickly(100);
  std::memset(block, 0x55, 100);
  std::uint8_t* const longer = resize_quickly(block, 300);
  ASSERT_NE(longer, nullptr);
  EXPECT_EQ(block_of(longer).requested, 300U);
  EXPECT_EQ(block_of(longer).number, state().numbers.next - 1);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(longer[i], 0x55);
  EXPECT_EQ(block_of(block).state, core::BlockState::kQuarantined);
  const std::uint64_t number = state().numbers.next;
  EXPECT_EQ(resize_quickly(longer, 0), nullptr) << "which frees it";
  EXPECT_EQ(resize_quickly(longer, core::size_class::kMostRequested + 1), nullptr);
  EXPECT_EQ(resize_quickly(longer + 16, 100), nullptr);
  EXPECT_EQ(resize_quickly(block, 100), nullptr) << "it is freed";
  EXPECT_EQ(state().numbers.next, number);
  EXPECT_EQ(block_of(longer).requested, 300U);
  give(longer);
}

// Blocks with poisoned pieces are looked at closely when they are freed.
TEST_F(QuickPathTest, BlocksOfASlotWithPiecesTakeTheLongWay) {
  expect_in_child([&] {
    std::uint8_t* const pool = take(100);
    poison_memory(pool, 50, Fill::kFill, here());
    EXPECT_FALSE(give_quickly(pool));
    EXPECT_EQ(resize_quickly(pool, 50), nullptr);
    give(pool);
  });
}

using CachedBlocksTest = EntryTest;

TEST_F(CachedBlocksTest, BlocksThatACacheHasAreKnownAsCached) {
  std::uint8_t* const block = take(100);
  const auto* const header = reinterpret_cast<const core::BlockHeader*>(block_of(block).header);
  EXPECT_FALSE(is_cached(header, nullptr));
  give(block);
  EXPECT_TRUE(is_cached(header, nullptr));
  const trace::FrameState from = here();
  const Entry entry(from, Call::kNone);
  drain_cache(*thread_slot.state, entry.faults());
  EXPECT_FALSE(entry.cache().holds(header));
  EXPECT_EQ(entry.cache().ready_blocks() + entry.cache().quarantined_blocks() + entry.cache().kept_blocks(),
            0U);
}

TEST_F(CachedBlocksTest, AlignedBlocksOfACacheAreAligned) {
  for (const std::size_t alignment : {16U, 32U, 256U, 4096U, 65'536U}) {
    std::vector<void*> blocks;
    for (int i = 0; i < 10; ++i) {
      void* const block = allocate({1000, alignment, Call::kMemalign}, here());
      EXPECT_EQ(address_of(block) % alignment, 0U);
      EXPECT_EQ(place_of(address_of(block)).holder, Holder::kArena);
      EXPECT_EQ(block_of(block).alignment, alignment);
      EXPECT_EQ(block_of(block).requested, 1000U);
      blocks.push_back(block);
    }
    for (void* const block : blocks) give(block);
  }
  EXPECT_EQ(kinds(), Kinds{});
}

// In several goes, as they are more than one go takes.
TEST_F(CachedBlocksTest, EachBlockOfACacheGoesHomeOnce) {
  const Statistics before = statistics(here());
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 450; ++i) blocks.push_back(take(64));
  for (std::uint8_t* const block : blocks) give(block);
  ASSERT_GT(state().cache.quarantined_blocks(), 256U);
  ASSERT_NE(state().cache.quarantined_blocks() % 256, 0U);
  trim(here());
  EXPECT_EQ(state().cache.quarantined_blocks(), 0U);
  const Statistics after = statistics(here());
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_EQ(check_on_request(here()), 0U);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(CachedBlocksTest, ABlockThatIsPutAsideOnTheWayToAnArenaIsKnownAsCached) {
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 5000; ++i) blocks.push_back(take(500));
  for (std::uint8_t* const block : blocks) give(block);
  int put_aside = 0;
  for (const std::uint8_t* const block : blocks) {
    const auto* const header = reinterpret_cast<const core::BlockHeader*>(block - core::kHeaderSize);
    bool by_arena = false;
    arena_set.for_each([&](const Arena& arena) { by_arena |= arena.holds_put_aside(header); });
    EXPECT_EQ(is_cached(header, nullptr), by_arena || state().cache.holds(header));
    if (by_arena && !state().cache.holds(header)) ++put_aside;
  }
  EXPECT_GT(put_aside, 0);
  std::size_t kept = 0;
  arena_set.for_each([&](Arena& arena) { kept += arena.kept_blocks(); });
  EXPECT_GT(kept, 0U) << "some are held back longer";
}

TEST_F(CachedBlocksTest, AlignedOnesAreLentOneByOne) {
  const trace::FrameState from = here();
  const Entry entry(from, Call::kMemalign);
  core::AllocRequest request;
  request.size = 200;
  for (const std::size_t alignment : {16U, 32U, 4096U}) {
    drain_cache(state(), entry.faults());
    request.alignment = alignment;
    request.by = entry.allocator();
    const void* const memory = take_cached(entry, request);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(address_of(memory) % alignment, 0U);
  }
}

TEST_F(CachedBlocksTest, ABlockStaysWhereItFitsAndMovesAsWhatItIs) {
  auto* const block = static_cast<std::uint8_t*>(allocate({100, 32, Call::kMemalign}, here()));
  EXPECT_EQ(reallocate(block, 104, here()), block);
  EXPECT_EQ(block_of(block).requested, 104U);
  auto* const moved = static_cast<std::uint8_t*>(reallocate(block, 3000, here()));
  EXPECT_NE(moved, block);
  EXPECT_EQ(block_of(moved).origin, core::Origin::kAligned);
  const core::BlockSnapshot old = block_of(block);
  EXPECT_EQ(old.state, core::BlockState::kQuarantined);
  EXPECT_EQ(old.free_thread, thread_slot.index);
  EXPECT_NE(old.free_trace, 0U);
  give(moved);
}

// It is found when it would be handed out again, by either way, and then it is not.
TEST_F(CachedBlocksTest, ABlockThatWasWrittenToAfterItsFreeIsNotHandedOut) {
  for (const bool quickly : {false, true}) {
    std::vector<std::uint8_t*> blocks;
    for (int i = 0; i < 600; ++i) blocks.push_back(take(72));
    for (std::uint8_t* const block : blocks) give(block);
    std::uint8_t* const damaged = blocks[0];  // the first one to leave the quarantine
    damaged[8] ^= 1;
    std::vector<void*> taken;
    while (noted_count() == 0 && taken.size() < 2000) {
      void* block = quickly ? allocate_quickly(72, core::Origin::kMalloc, here()) : nullptr;
      taken.push_back(block != nullptr ? block : take(72));
      ASSERT_NE(taken.back(), damaged);
    }
    const std::vector<NotedFault> noted = faults();
    if (noted.empty()) damaged[8] ^= 1;  // it is one of those that are held back longer
    if (noted.empty()) continue;
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_EQ(noted[0].kind, "use-after-free-write");
    EXPECT_EQ(noted[0].block, damaged);
    for (void* const block : taken) give(block);
    EXPECT_EQ(kinds(), Kinds{});
  }
}

TEST_F(CachedBlocksTest, FreesOfTheQuickPathSendSurplusHomeToo) {
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 5000; ++i) blocks.push_back(take(500));
  if (!is_common_call_for(blocks[0])) GTEST_SKIP() << "of this slot other tests have made an uncommon one";
  for (std::uint8_t* const block : blocks) {
    ASSERT_TRUE(release_quickly(block, {}, here()));
    ASSERT_FALSE(state().cache.has_surplus());
  }
  EXPECT_LE(state().cache.ready_bytes(), 2 * core::BlockCache::kMostReady);
  EXPECT_EQ(check_on_request(here()), 0U);
}

TEST_F(CachedBlocksTest, SurplusGoesHomeToTheArenaThatItCameFrom) {
  std::vector<std::uint8_t*> blocks;
  Arena* other_arena = nullptr;
  std::thread([&] {
    for (int i = 0; i < 5000; ++i) blocks.push_back(take(500));
    other_arena = thread_slot.state->arena;
  }).join();
  for (std::uint8_t* const block : blocks) give(block);
  EXPECT_EQ(check_on_request(here()), 0U);
  EXPECT_LE(state().cache.ready_bytes(), 2 * core::BlockCache::kMostReady);
  EXPECT_GT(other_arena->stock_blocks() + other_arena->stats().ready_bytes + other_arena->stats().free_bytes,
            0U);
  EXPECT_EQ(kinds(), Kinds{});
}

}  // namespace
}  // namespace padlock::runtime::entry_checks
