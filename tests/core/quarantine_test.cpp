// The quarantine: order, bounds and jitter.
#include "core/cache/quarantine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace padlock::core {
namespace {

// Blocks are only remembered, never touched: any address will do.
BlockHeader* block(std::size_t i) { return reinterpret_cast<BlockHeader*>(i * 64 + 64); }
std::size_t index_of(const BlockHeader* header) {
  return (reinterpret_cast<std::uintptr_t>(header) - 64) / 64;
}

using Pop = BlockSlot (Quarantine::*)();

std::vector<std::size_t> order_of_leaving(std::uint64_t seed, std::size_t blocks, std::size_t slots,
                                          Pop pop = &Quarantine::pop_by_chance) {
  std::vector<BlockSlot> storage(slots);
  Quarantine quarantine(storage, SIZE_MAX, seed);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < blocks; ++i) {
    if (!quarantine.accepts()) order.push_back(index_of((quarantine.*pop)().block));
    quarantine.push({block(i), 4});
  }
  while (!quarantine.empty()) order.push_back(index_of((quarantine.*pop)().block));
  return order;
}

TEST(Quarantine, EveryBlockLeavesOnceAndNeverOvertakesByMoreThanTheJitter) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const std::size_t slots : {1U, 2U, 3U, 5U, 64U}) {
      const auto order = order_of_leaving(seed, 200, slots);
      std::vector<bool> left(200);
      for (std::size_t i = 0; i < order.size(); ++i) {
        ASSERT_LE(order[i], i + 3) << "overtook more than three";
        ASSERT_FALSE(left[order[i]]);
        left[order[i]] = true;
      }
      ASSERT_EQ(order.size(), 200U);
    }
  }
}

TEST(Quarantine, TheOrderIsAFunctionOfTheSeed) {
  EXPECT_EQ(order_of_leaving(7, 100, 16), order_of_leaving(7, 100, 16));
  EXPECT_NE(order_of_leaving(7, 100, 16), order_of_leaving(8, 100, 16));
}

// How often the oldest, the second oldest... left, of those that a full quarantine of 64 slots let go.
std::array<int, 4> ages_at_leaving(std::uint64_t seed, std::size_t leaving) {
  std::vector<BlockSlot> storage(64);
  Quarantine quarantine(storage, SIZE_MAX, seed);
  std::array<int, 4> ages{};
  for (std::size_t i = 0; i < 64; ++i) quarantine.push({block(i), 4});
  for (std::size_t i = 64; i < 64 + leaving; ++i) {
    std::array<std::size_t, 4> oldest{};
    for (std::size_t age = 0; age < 4; ++age) oldest[age] = index_of(quarantine.peek(age).block);
    const std::size_t left = index_of(quarantine.pop_by_chance().block);
    const auto found = std::find(oldest.begin(), oldest.end(), left);
    if (found != oldest.end()) ++ages.at(static_cast<std::size_t>(found - oldest.begin()));
    quarantine.push({block(i), 4});
  }
  return ages;
}

// Each of the four is as likely as the others, and none comes by a rule. The seeds are fixed.
TEST(Quarantine, EachOfTheOldestLeavesAsOftenAsTheOthersWhateverTheSeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const int times : ages_at_leaving(seed, 4000)) {
      // Where the slots go round, three in 64 times it is the oldest one's turn.
      EXPECT_GT(times, 700) << seed;
      EXPECT_LT(times, 1300) << seed;
    }
  }
}

TEST(Quarantine, TheChoiceOfTheOldestNeverSettlesDown) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto order = order_of_leaving(seed, 4000, 64);
    // As shifts against the order of coming; of a rule that repeats, a stretch would come again.
    std::set<std::vector<std::ptrdiff_t>> stretches;
    std::size_t count = 0;
    for (std::size_t i = 0; i + 64 <= 3900; i += 64, ++count) {
      std::vector<std::ptrdiff_t> shifts;
      for (std::size_t at = i; at < i + 64; ++at)
        shifts.push_back(static_cast<std::ptrdiff_t>(order[at] - at));
      stretches.insert(shifts);
    }
    EXPECT_EQ(stretches.size(), count) << seed;
  }
}

TEST(Quarantine, OneSlotMeansStrictOrder) {
  const auto order = order_of_leaving(3, 50, 1);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

TEST(Quarantine, WithoutChanceTheOldestLeavesFirst) {
  const auto order = order_of_leaving(3, 200, 16, &Quarantine::pop);
  ASSERT_EQ(order.size(), 200U);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

TEST(Quarantine, FewBlocksGoRoundInFewSlotsAndMoreInMore) {
  std::vector<BlockSlot> storage(100);
  Quarantine quarantine(storage, SIZE_MAX, 0, 8);
  std::size_t in = 0;
  std::size_t out = 0;
  const auto push = [&] {
    if (!quarantine.accepts()) {
      ASSERT_TRUE(quarantine.widen());
    }
    quarantine.push({block(in++), 4});
  };
  const auto pop = [&] { ASSERT_EQ(index_of(quarantine.pop().block), out++); };
  for (int i = 0; i < 50; ++i) push(), push(), pop(), pop();
  EXPECT_EQ(storage[8].block, nullptr);
  while (in - out < 40) push();
  EXPECT_TRUE(quarantine.holds(block(out)));
  EXPECT_EQ(storage[64].block, nullptr);
  for (int i = 0; i < 200; ++i) push(), pop();
  while (in - out < 100) push();
  EXPECT_FALSE(quarantine.accepts());
  EXPECT_FALSE(quarantine.widen());
  EXPECT_TRUE(quarantine.over_limit());
  while (!quarantine.empty()) pop();
  EXPECT_EQ(in, out);
}

// From how many it has first to as many as there are: twice as many each time, and never more.
TEST(Quarantine, GoesRoundInTwiceAsManySlotsEachTime) {
  for (const std::size_t all : {1U, 7U, 8U, 9U, 32U, 100U}) {
    for (const std::size_t first : {1U, 3U, 8U}) {
      std::vector<BlockSlot> storage(all);
      Quarantine quarantine(storage, SIZE_MAX, 0, first);
      std::size_t in = 0;
      for (std::size_t room = std::min(first, all); in < all; room = std::min(2 * room, all)) {
        while (quarantine.accepts()) quarantine.push({block(in++), 4});
        ASSERT_EQ(in, room) << all << ' ' << first;
        ASSERT_EQ(quarantine.widen(), room < all);
      }
      ASSERT_FALSE(quarantine.accepts());
      for (std::size_t out = 0; out < all; ++out) ASSERT_EQ(index_of(quarantine.pop().block), out);
    }
  }
}

TEST(Quarantine, CountsBytesAndSaysWhenOverTheBound) {
  std::vector<BlockSlot> storage(8);
  Quarantine quarantine(storage, 160, 0);
  EXPECT_TRUE(quarantine.empty());
  EXPECT_TRUE(quarantine.accepts());
  quarantine.push({block(0), 4});
  quarantine.push({block(1), 6});
  EXPECT_EQ(quarantine.bytes(), 160U);
  EXPECT_FALSE(quarantine.over_limit());  // the bound itself is allowed
  quarantine.push({block(2), 3});
  EXPECT_EQ(quarantine.bytes(), 208U);
  EXPECT_EQ(quarantine.count(), 3U);
  EXPECT_TRUE(quarantine.over_limit());
  std::size_t left = quarantine.bytes();
  while (!quarantine.empty()) {
    left -= quarantine.pop().granules * kGranule;
    EXPECT_EQ(quarantine.bytes(), left);
  }
  EXPECT_EQ(left, 0U);
}

TEST(Quarantine, IsOverTheLimitWhenItsSlotsAreFull) {
  std::vector<BlockSlot> storage(2);
  Quarantine quarantine(storage, SIZE_MAX, 0);
  quarantine.push({block(0), 3});
  EXPECT_FALSE(quarantine.over_limit());
  quarantine.push({block(1), 3});
  EXPECT_TRUE(quarantine.over_limit());
  EXPECT_FALSE(quarantine.accepts());
}

TEST(Quarantine, IsWellFilledFromSevenEighthsOfTheBytesOn) {
  std::vector<BlockSlot> storage(4);
  Quarantine quarantine(storage, 512, 0);
  quarantine.push({block(0), 28});  // 448 bytes
  EXPECT_FALSE(quarantine.well_filled());
  quarantine.push({block(1), 1});
  EXPECT_TRUE(quarantine.well_filled());
  EXPECT_FALSE(quarantine.over_limit());
}

TEST(Quarantine, IsWellFilledWhenItsSlotsAreFull) {
  std::vector<BlockSlot> storage(1);
  Quarantine quarantine(storage, SIZE_MAX, 0);
  EXPECT_FALSE(quarantine.well_filled());
  quarantine.push({block(0), 3});
  EXPECT_TRUE(quarantine.well_filled());
}

TEST(Quarantine, WithoutBytesOrSlotsAcceptsNothing) {
  std::vector<BlockSlot> storage(2);
  EXPECT_FALSE(Quarantine(storage, 0, 0).accepts());
  EXPECT_FALSE(Quarantine({}, SIZE_MAX, 0).accepts());
}

// Its slots are those between two pointers, as many as it goes round in; the oldest and the next one lie
// there.
TEST(Quarantine, IsNotSoundWithAnotherPlace) {
  constexpr std::ptrdiff_t kSlots = 8;
  std::vector<BlockSlot> storage(5 * kSlots);
  for (std::size_t filled = 0; filled <= kSlots; ++filled) {
    Quarantine quarantine({&storage[2 * kSlots], std::size_t{kSlots}}, SIZE_MAX, 0);
    for (std::size_t i = 0; i < filled; ++i) quarantine.push({block(i), 3});
    ASSERT_TRUE(quarantine.is_sound());
    constexpr std::size_t kMembers = 4;  // begin, end, oldest, next
    const std::uint64_t hash = quarantine.hash();
    for (std::size_t member = 0; member < kMembers; ++member) {
      for (std::ptrdiff_t by = -2 * kSlots; by <= 2 * kSlots; ++by) {
        if (by == 0) continue;
        for (const std::ptrdiff_t beside : {0, 8}) {
          auto* const pointer = reinterpret_cast<std::uintptr_t*>(&quarantine) + member;
          const std::uintptr_t was = *pointer;
          *pointer += static_cast<std::uintptr_t>(by * std::ptrdiff_t{sizeof(BlockSlot)} + beside);
          EXPECT_FALSE(quarantine.is_sound()) << filled << ' ' << member << ' ' << by << ' ' << beside;
          EXPECT_EQ(quarantine.hash() == hash, member != 0);
          *pointer = was;
        }
      }
    }
    ASSERT_TRUE(quarantine.is_sound());
  }
}

TEST(Quarantine, HasAHashOfWhereAndHowManyItsSlotsAre) {
  std::vector<BlockSlot> storage(8);
  const std::uint64_t hash = Quarantine(storage, 100).hash();
  EXPECT_EQ(Quarantine(storage, 200).hash(), hash);
  EXPECT_NE(Quarantine(std::span(storage).first(7), 100).hash(), hash);
  EXPECT_NE(Quarantine(std::span(storage).last(7), 100).hash(),
            Quarantine(std::span(storage).first(7), 100).hash());
}

TEST(Quarantine, PeekShowsTheOldestFirstAcrossTheWrap) {
  std::vector<BlockSlot> storage(3);
  Quarantine quarantine(storage, SIZE_MAX, 5);
  for (std::size_t i = 0; i < 2; ++i) quarantine.push({block(i), 3});
  static_cast<void>(quarantine.pop());
  static_cast<void>(quarantine.pop());
  for (std::size_t i = 10; i < 13; ++i) quarantine.push({block(i), 3});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(quarantine.peek(i).block, block(10 + i));
}

TEST(Quarantine, ABlockCanBeTakenOutOfTheMiddle) {
  for (std::size_t gone = 0; gone < 5; ++gone) {
    std::vector<BlockSlot> storage(5);
    Quarantine quarantine(storage, SIZE_MAX, 5);
    for (std::size_t i = 0; i < 5; ++i) quarantine.push({block(i), static_cast<std::uint32_t>(3 + i)});
    EXPECT_TRUE(quarantine.remove(block(gone)));
    EXPECT_FALSE(quarantine.remove(block(gone)));
    EXPECT_EQ(quarantine.count(), 4U);
    EXPECT_EQ(quarantine.bytes(), (3 + 4 + 5 + 6 + 7 - 3 - gone) * kGranule);
    while (!quarantine.empty()) EXPECT_NE(quarantine.pop().block, block(gone));
    EXPECT_EQ(quarantine.bytes(), 0U);
  }
}

}  // namespace
}  // namespace padlock::core
