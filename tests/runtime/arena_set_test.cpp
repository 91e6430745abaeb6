// Which arena a thread is given to: one for each turn, another where one was abandoned, none where all were;
// and that an arena's tables lie apart.
#include "runtime/memory/arena_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "base/units.h"
#include "fault_notes.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::arena_set_checks {
namespace {

std::unique_ptr<ArenaSet> set_of(std::size_t count, std::size_t quarantine_bytes, std::size_t kept_bytes) {
  core::HeapConfig config;
  config.key = 0x5eed;
  config.quarantine_bytes = quarantine_bytes;
  auto set = std::make_unique<ArenaSet>();
  config.is_cached = [](const core::BlockHeader* block, const void* context) {
    bool found = false;
    static_cast<ArenaSet*>(const_cast<void*>(context))->for_each([&](Arena& arena) {
      found |= arena.holds_put_aside(block);
    });
    return found;
  };
  config.cached_context = set.get();
  set->set_up(count, config, kept_bytes);
  return set;
}

TEST(ArenaSet, EachTurnHasItsArena) {
  const auto set = set_of(3, 4096, 4096);
  std::set<const Arena*> all;
  for (std::size_t turn = 0; turn < 3; ++turn) all.insert(set->for_turn(turn));
  EXPECT_EQ(all.size(), 3U);
  EXPECT_FALSE(all.contains(nullptr));
  for (std::size_t turn = 0; turn < 9; ++turn) EXPECT_EQ(set->for_turn(turn), set->for_turn(turn % 3));
  std::size_t visited = 0;
  set->for_each([&](const Arena& arena) { visited += all.contains(&arena) ? 1U : 0U; });
  EXPECT_EQ(visited, 3U);
}

TEST(ArenaSet, ANewThreadComesToTheArenaWithTheFewest) {
  const auto set = set_of(3, 4096, 4096);
  std::vector<Arena*> arenas;
  for (std::size_t i = 0; i < 9; ++i) {
    arenas.push_back(set->for_new_thread());
    EXPECT_EQ(arenas[i]->threads(), i / 3 + 1);
    EXPECT_EQ(arenas[i], arenas[i % 3]);
  }
  arenas[1]->drop_thread();
  EXPECT_EQ(set->for_new_thread(), arenas[1]);
  set->count_only(arenas[2]);
  EXPECT_EQ(arenas[0]->threads() + arenas[1]->threads(), 0U);
  EXPECT_EQ(arenas[2]->threads(), 1U);
}

TEST(ArenaSet, InsteadOfAnAbandonedOneThereIsAnotherWhileThereIsAny) {
  const auto set = set_of(2, 4096, 4096);
  Arena* const first = set->for_turn(0);
  std::set<const Arena*> all{first};
  for (std::size_t i = 1; i < ArenaSet::kMaxArenas; ++i) {
    Arena* const arena = set->for_turn(1);
    ASSERT_NE(arena, nullptr);
    EXPECT_TRUE(all.insert(arena).second);
    EXPECT_EQ(set->for_turn(1), arena);
    arena->abandon();
  }
  EXPECT_EQ(set->for_turn(1), first);
  EXPECT_EQ(set->for_new_thread(), first);
  first->abandon();
  EXPECT_EQ(set->for_turn(0), nullptr);
  EXPECT_EQ(set->for_turn(1), nullptr);
  EXPECT_EQ(set->for_new_thread(), nullptr);
}

// Whatever the sizes of what an arena holds back, and of what it holds back longer.
TEST(ArenaSet, WhatIsHeldBackFillsTablesOfItsOwn) {
  constexpr std::uint32_t kClass = 5;
  constexpr std::size_t kKept = 256_KiB;
  for (const std::size_t quarantine : {std::size_t{1}, 64_KiB, 1_MiB}) {
    const auto set = set_of(1, quarantine, kKept);
    Arena& arena = *set->for_turn(0);
    FaultNotes notes;
    std::vector<core::BlockSlot> lent(512);
    for (std::size_t done = 0; done < lent.size();) {
      const std::size_t count = arena.lend(
          kClass, std::span(lent).subspan(done, std::min<std::size_t>(64, lent.size() - done)), notes);
      ASSERT_NE(count, 0U);
      done += count;
    }
    arena.keep(lent, notes);
    EXPECT_NE(arena.kept_blocks(), 0U);
    EXPECT_EQ(arena.kept_blocks() + arena.stock_blocks(), lent.size());
    for (const core::BlockSlot& slot : lent) ASSERT_TRUE(arena.holds_put_aside(slot.block));
    EXPECT_EQ(arena.check(core::Moment::kCheck, notes), 0U);
    const std::uintptr_t begin = segment_table.begin_of(address_of(lent[0].block));
    const std::size_t size = reinterpret_cast<const SegmentHead*>(begin)->size;
    EXPECT_EQ(arena.stats().regions, 1U);
    segment_table.set_owner(begin, size, kNoOwner);
    os::unmap(reinterpret_cast<void*>(begin), size);
    memory_budget.give_back(size);
    EXPECT_TRUE(notes.faults.empty());
  }
}

TEST(ArenaSet, OnlyAnArenasMemoryIsAnArenas) {
  constexpr std::uintptr_t kPlace = std::uintptr_t{0x456} << kSlotShift;
  const auto set = set_of(2, 4096, 4096);
  EXPECT_EQ(set->of_address(kPlace), nullptr);
  EXPECT_EQ(set->of_address(0), nullptr);
  Arena* const arena = set->for_turn(1);
  segment_table.set_owner(kPlace, kSlotSize, 2);
  EXPECT_EQ(set->of_address(kPlace), arena);
  EXPECT_EQ(set->of_owner(2), arena);
  segment_table.set_owner(kPlace, kSlotSize, ArenaSet::kMaxArenas);
  EXPECT_EQ(set->of_address(kPlace), nullptr) << "was not made";
  segment_table.set_owner(kPlace, kSlotSize, kNoOwner);
  segment_table.set_large(kPlace, 1);
  EXPECT_EQ(set->of_address(kPlace), nullptr);
  segment_table.set_owner(kPlace, kSlotSize, kNoOwner);
  segment_table.set_guarded(kPlace, kSlotSize);
  EXPECT_EQ(set->of_address(kPlace), nullptr);
  segment_table.set_owner(kPlace, kSlotSize, kNoOwner);
}

}  // namespace
}  // namespace padlock::runtime::arena_set_checks
