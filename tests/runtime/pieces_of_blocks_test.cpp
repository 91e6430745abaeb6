// Poisoned pieces of the process's own blocks: which blocks are verified, and when.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/arith.h"
#include "core/block/header.h"
#include "process_heap.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/memory/arena.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime::pieces_of_blocks_checks {
namespace {

std::vector<core::Fault> faults_of(FaultList& list) {
  std::vector<core::Fault> faults;
  for (core::Fault fault; list.take(fault);) faults.push_back(fault);
  return faults;
}

// Blocks of the process's heap.
class PoolPiecesOfBlocks : public testing::Test {
 protected:
  PoolPiecesOfBlocks() { initialize(); }
  [[gnu::noinline]] static trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

  static void poison(const std::uint8_t* block, std::size_t size) {
    const std::uintptr_t user = address_of(block);
    fill_piece({user, user + size});
    ASSERT_TRUE(pool_marks.poison(find_block(user), {user, user + size}, true));
  }
  static std::uint8_t* take_poisoned(std::size_t size) {
    auto* const block = static_cast<std::uint8_t*>(allocate({size}, here()));
    poison(block, size);
    return block;
  }
  static void give(void* block) { release(block, {}, here()); }

  std::vector<core::Fault> verify_all(std::uint16_t first_thread = 0) {
    EXPECT_TRUE(verify_all_pieces(core::Moment::kExit, list_, first_thread));
    return faults_of(list_);
  }
  std::vector<core::Fault> verify_at(const void* pointer) {
    verify_pieces_at(pointer, core::Moment::kRealloc, list_);
    return faults_of(list_);
  }

  FaultList list_;
};

TEST_F(PoolPiecesOfBlocks, AllOfThemAreVerified) {
  std::vector<std::uint8_t*> blocks;
  for (const std::size_t size : {40U, 5000U, 300'000U}) blocks.push_back(take_poisoned(size));
  EXPECT_TRUE(verify_all().empty());
  for (std::uint8_t* const block : blocks) block[39] ^= 1;
  std::vector<std::uintptr_t> found;
  for (const core::Fault& fault : verify_all()) {
    EXPECT_EQ(fault.kind, core::FaultKind::kUseAfterPoison);
    EXPECT_EQ(fault.moment, core::Moment::kExit);
    EXPECT_EQ(fault.damage.offset, 39);
    EXPECT_EQ(fault.damage.length, 1U);
    found.push_back(fault.block.user);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::uintptr_t> expected;
  for (const std::uint8_t* const block : blocks) expected.push_back(address_of(block));
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(verify_all().empty());
  for (std::uint8_t* const block : blocks) give(block);
}

TEST_F(PoolPiecesOfBlocks, AreNotAllVerifiedWhereNoMoreFaultsCanBeKept) {
  std::uint8_t* const block = take_poisoned(100);
  block[50] ^= 1;
  FaultList full;
  while (!full.full()) full.on_fault({});
  EXPECT_FALSE(verify_all_pieces(core::Moment::kExit, full, 0));
  EXPECT_EQ(faults_of(full).size(), FaultList::kMost);
  EXPECT_EQ(verify_all().size(), 1U);
  give(block);
}

TEST_F(PoolPiecesOfBlocks, OneIsVerifiedByItsPointerAndNoOther) {
  std::uint8_t* const block = take_poisoned(100);
  block[99] ^= 1;
  if (!pool_marks.in_use()) {
    EXPECT_TRUE(verify_at(block).empty()) << "the program has no pools";
  }
  expect_in_child([&] {
    pool_marks.set_in_use();
    EXPECT_TRUE(verify_at(block + 16).empty());
    EXPECT_TRUE(verify_at(this).empty());
    const std::vector<core::Fault> faults = verify_at(block);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].moment, core::Moment::kRealloc);
    EXPECT_EQ(faults[0].block.user, address_of(block));
    EXPECT_EQ(faults[0].damage.offset, 99);
    EXPECT_TRUE(verify_at(block).empty());
  });
  give(block);
}

TEST_F(PoolPiecesOfBlocks, AreNoneOnceTheBlockIsFreed) {
  expect_in_child([&] {
    pool_marks.set_in_use();
    std::uint8_t* const block = take_poisoned(100);
    give(block);
    block[50] ^= 1;
    EXPECT_TRUE(verify_all().empty());
    EXPECT_TRUE(verify_at(block).empty());
    block[50] ^= 1;
  });
}

TEST_F(PoolPiecesOfBlocks, AreLeftAloneWhereTheBlocksHeaderDoesNotVerify) {
  expect_in_child([&] {
    pool_marks.set_in_use();
    std::uint8_t* const block = take_poisoned(100);
    block[50] ^= 1;
    const auto change_header = [&] {
      for (std::size_t i = 1; i <= core::kHeaderSize; ++i) *(block - i) ^= 0x5a;
    };
    change_header();
    EXPECT_TRUE(verify_all().empty());
    EXPECT_TRUE(verify_at(block).empty());
    change_header();
    EXPECT_EQ(verify_all().size(), 1U);
    give(block);
  });
}

TEST_F(PoolPiecesOfBlocks, OfEarlierThreadsAreNotVerified) {
  std::uint8_t* const block = take_poisoned(100);
  const std::uint16_t own = thread_slot.index;
  ASSERT_GT(own, 0);
  const auto is_found = [&](unsigned first_thread) {
    block[50] ^= 1;
    const bool found = !verify_all(static_cast<std::uint16_t>(first_thread)).empty();
    if (!found) block[50] ^= 1;
    return found;
  };
  EXPECT_TRUE(is_found(0));
  EXPECT_TRUE(is_found(own));
  EXPECT_FALSE(is_found(own + 1U));
  give(block);
}

TEST_F(PoolPiecesOfBlocks, OfNoThreadAreVerifiedInAnyCase) {
  give(allocate({10}, here()));
  Arena& arena = *thread_slot.state->arena;
  core::AllocRequest request;
  request.size = 100;
  request.by.number = 1;
  auto* const block = static_cast<std::uint8_t*>(arena.allocate(request, list_));
  ASSERT_NE(block, nullptr);
  poison(block, 100);
  block[50] ^= 1;
  EXPECT_EQ(verify_all(UINT16_MAX).size(), 1U);
  arena.deallocate(block, {}, list_);
}

}  // namespace
}  // namespace padlock::runtime::pieces_of_blocks_checks
