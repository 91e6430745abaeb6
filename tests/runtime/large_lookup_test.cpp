// How large blocks are found and checked where that is not the usual way: a record that was written to, a
// block that the list of mappings has no room for, blocks that share a bucket, and addresses that have many
// blocks one after the other.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <set>
#include <vector>

#include "base/arith.h"
#include "base/units.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/tables.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::large_lookup_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSize = 5000;

class LargeLookup : public testing::Test {
 protected:
  LargeLookup() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 1024_MiB;
    limits.kept_bytes = 512_MiB;
    blocks_.set_up(0x5eed, limits);
  }

  unsigned char* take(std::size_t size = kSize) {
    bool zeroed = false;
    return static_cast<unsigned char*>(
        blocks_.allocate({size, 0, core::Origin::kMalloc, {11, 3, ++number_}}, zeroed));
  }
  void give(void* block) { ASSERT_TRUE(blocks_.deallocate(block, {}, notes_)); }

  LargeBlocks blocks_;
  FaultNotes notes_;
  std::uint64_t number_ = 0;
};

// Changes what is known of one block, as a stray write does.
class Writes final : public core::BlockVisitor {
 public:
  Writes(const void* block, std::uint64_t requested) : user_(address_of(block)), requested_(requested) {}
  void visit(const core::BlockSnapshot& block) override {
    if (block.user == user_) const_cast<core::BlockSnapshot&>(block).requested = requested_;
  }

 private:
  std::uintptr_t user_;
  std::uint64_t requested_;
};

TEST_F(LargeLookup, ARecordThatWasWrittenToIsReportedAndNotGoneBy) {
  take();
  unsigned char* const block = take();
  Writes damage(block, SIZE_MAX / 2);
  blocks_.walk(damage);
  EXPECT_EQ(blocks_.check(core::Moment::kExit, notes_), 1U);
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kMetadataCorruption);
  EXPECT_EQ(notes_.only().table, core::Table::kRecord);
  EXPECT_EQ(notes_.only().moment, core::Moment::kExit);
  Writes repair(block, kSize);
  blocks_.walk(repair);
  EXPECT_EQ(blocks_.check(core::Moment::kExit, notes_), 0U);
}

TEST_F(LargeLookup, TheBlockOfAnAddressIsVerified) {
  unsigned char* const block = take();
  take();
  const auto verified = [&](std::uintptr_t address) {
    return blocks_.try_verify(address, core::Moment::kAccess, notes_);
  };
  EXPECT_EQ(verified(address_of(block) + 5), 0U);
  block[kSize] ^= 0x55;
  block[-1] ^= 0x55;
  EXPECT_EQ(verified(16), 0U);
  EXPECT_TRUE(notes_.faults.empty());
  EXPECT_EQ(verified(address_of(block) + 5), 2U);  // and mended
  ASSERT_EQ(notes_.faults.size(), 2U);
  EXPECT_EQ(notes_.faults[0].kind, core::FaultKind::kHeapBufferUnderflow);
  EXPECT_EQ(notes_.faults[1].kind, core::FaultKind::kHeapBufferOverflow);
  EXPECT_EQ(notes_.faults[1].moment, core::Moment::kAccess);
  notes_.faults.clear();
  give(block);
  notes_.faults.clear();
  EXPECT_EQ(verified(address_of(block) + 5), 0U);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(LargeLookup, LooksAreForgotten) {
  const std::uintptr_t block = address_of(take());
  EXPECT_EQ(blocks_.ranges().accessible_at(block), kSize);
  EXPECT_TRUE(blocks_.ranges().show(block, kSize));
  blocks_.forget_looks();
  EXPECT_FALSE(blocks_.ranges().show(block, kSize));
  EXPECT_EQ(blocks_.ranges().accessible_at(block), kSize);
}

// As theirs, where no other test has left a mark.
TEST_F(LargeLookup, TheirSlotsAreMarked) {
  const std::uintptr_t block = address_of(take(4 * kSlotSize));
  for (std::size_t slot = 0; slot <= 4; ++slot)
    EXPECT_NE(segment_table.mark_of(block + slot * kSlotSize - slot), SlotMark{});
}

TEST_F(LargeLookup, TheyAreCrowdedWhereThereAreAsManyAsMappingsAllow) {
  const std::size_t usual = map_budget.most_blocks();
  map_budget.set_limit(4);
  EXPECT_EQ(map_budget.most_blocks(), 4U);
  std::vector<void*> taken;
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(blocks_.crowded());
    taken.push_back(take());
  }
  EXPECT_TRUE(blocks_.crowded());
  give(taken[0]);
  EXPECT_FALSE(blocks_.crowded());
  map_budget.set_limit(usual);
}

// In a child, as marks are in use for good.
void free_a_marked_block(LargeBlocks& blocks, FaultNotes& notes, void* pointer) {
  const core::BlockSnapshot block = blocks.find_exact(pointer);
  const AddressRange range{block.user, block.user + 10};
  pool_marks.set_in_use();
  EXPECT_TRUE(pool_marks.poison(block, range, false));
  EXPECT_EQ(pool_marks.first_poisoned(block.user, 0, range), range.begin);
  EXPECT_TRUE(blocks.deallocate(pointer, {}, notes));
  EXPECT_EQ(pool_marks.first_poisoned(block.user, 0, range), range.end);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST_F(LargeLookup, OfAFreedBlockNothingIsPoisoned) {
  void* const block = take();
  EXPECT_EXIT(free_a_marked_block(blocks_, notes_, block), testing::ExitedWithCode(0), "");
}

// Many of them lie in a bucket with others.
TEST_F(LargeLookup, EachIsFoundHoweverManyHaveTheirPlacesAgain) {
  std::vector<unsigned char*> blocks;
  for (int i = 0; i < 900; ++i) blocks.push_back(take());
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < blocks.size(); i += 2) give(blocks[i]);
    for (std::size_t i = 0; i < blocks.size(); i += 2) blocks[i] = take();
    for (unsigned char* const block : blocks) {
      const core::BlockSnapshot found = blocks_.find_exact(block);
      ASSERT_EQ(found.user, address_of(block));
      ASSERT_EQ(found.state, core::BlockState::kLive);
    }
  }
  EXPECT_EQ(blocks_.stats().live_blocks, blocks.size());
  for (unsigned char* const block : blocks) give(block);
  EXPECT_TRUE(notes_.faults.empty());
}

struct Counted final : core::BlockVisitor {
  std::multiset<std::uintptr_t> users;
  void visit(const core::BlockSnapshot& block) override { users.insert(block.user); }
};

TEST_F(LargeLookup, OfThoseThatAreGoneSoManyAreRemembered) {
  constexpr std::size_t kMostRemembered = 4096;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kMostRemembered + 100; ++i) blocks.push_back(take(100));
  for (void* const block : blocks) give(block);
  blocks_.flush_quarantine();
  Counted counted;
  blocks_.walk(counted);
  EXPECT_EQ(counted.users.size(), kMostRemembered);
  EXPECT_FALSE(blocks_.find_exact(blocks[0]).present());
  EXPECT_FALSE(blocks_.find_exact(blocks[99]).present());
  EXPECT_TRUE(blocks_.find_exact(blocks[100]).present());
  EXPECT_EQ(blocks_.find_exact(blocks.back()).state, core::BlockState::kFree);
}

// As a rule the kernel gives the same address each time.
TEST_F(LargeLookup, OfAnAddressOnlyTheLatestBlockIsKnownHoweverManyThereWere) {
  for (int round = 0; round < 5000; ++round) {
    unsigned char* block = take(100);
    if (round % 4 == 0) {
      const auto resized =
          blocks_.resize(block, {20000, 0, core::Origin::kMalloc, {1, 2, ++number_}}, 1, notes_);
      block = static_cast<unsigned char*>(resized->result);
    }
    ASSERT_EQ(blocks_.find_exact(block).number, number_);
    give(block);
    blocks_.flush_quarantine();
    ASSERT_EQ(blocks_.find_exact(block).number, number_);
    ASSERT_EQ(blocks_.find_exact(block).state, core::BlockState::kFree);
    if (round % 500 != 0) continue;
    Counted counted;
    blocks_.walk(counted);
    for (const std::uintptr_t user : counted.users) ASSERT_EQ(counted.users.count(user), 1U);
  }
}

// In a child, which may map no more than a block: the list of mappings has no room for it.
void find_what_is_not_listed(LargeBlocks& blocks, FaultNotes& notes) {
  const auto limit_to = [](std::size_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
  };
  const auto take = [&](std::uint64_t number) {
    bool zeroed = false;
    return address_of(blocks.allocate({100, 0, core::Origin::kMalloc, {1, 2, number}}, zeroed));
  };
  limit_to(pages_mapped() * kPage + 1024_MiB);  // guards are short where memory is limited
  constexpr std::uint64_t kListed = 256;
  std::uintptr_t listed = 0;
  for (std::uint64_t number = 1; number <= kListed; ++number) listed = take(number);
  os::unmap_table_reserve();
  limit_to((pages_mapped() + 5) * kPage);
  const std::uintptr_t block = take(kListed + 1);
  limit_to(RLIM_INFINITY);
  EXPECT_NE(block, 0U);
  EXPECT_EQ(blocks.ranges().find(block).user, 0U);
  EXPECT_EQ(blocks.ranges().find(listed).user, listed);
  EXPECT_EQ(blocks.find_block(block + 5).user, block);
  EXPECT_EQ(blocks.find_block(block + 5).number, kListed + 1);
  EXPECT_EQ(blocks.try_find_block(block + 5)->user, block);
  EXPECT_FALSE(blocks.find_block(16).present());
  EXPECT_TRUE(blocks.deallocate(reinterpret_cast<void*>(block), {}, notes));
  EXPECT_EQ(blocks.find_block(block + 5).state, core::BlockState::kQuarantined);
  // Of one that there is no memory to know of, nothing is left.
  LargeBlocks fresh;
  fresh.set_up(1, {});
  bool zeroed = false;
  os::unmap_table_reserve();
  const std::size_t memory = memory_budget.used();
  const std::size_t pages = pages_mapped();
  limit_to((pages + 5) * kPage);
  void* const none = fresh.allocate({100, 0, core::Origin::kMalloc, {1, 2, 3}}, zeroed);
  const std::size_t after = pages_mapped();
  limit_to(RLIM_INFINITY);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(memory_budget.used(), memory);
  EXPECT_EQ(after, pages);
  EXPECT_EQ(fresh.stats().live_blocks, 0U);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST_F(LargeLookup, ABlockThatTheListOfMappingsHasNoRoomForIsFound) {
  if (!kMemoryCanBeLimited) GTEST_SKIP();
  EXPECT_EXIT(find_what_is_not_listed(blocks_, notes_), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace padlock::runtime::large_lookup_checks
