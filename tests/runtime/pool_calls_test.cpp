// Poisoned pieces of blocks of each kind: which bytes calls may not be passed, and what is found of writes to
// them when they are poisoned or unpoisoned again.
#include <gtest/gtest.h>
#include <unistd.h>

#include <new>
#include <string>
#include <vector>

#include "heard_calls.h"
#include "runtime/interposed/glance.h"
#include "runtime/interposed/pools.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime::pool_calls_checks {
namespace {

constexpr std::size_t kSize = 200;

class PoolCallsTest : public HeardCalls {
 protected:
  void SetUp() override {}
  // Nothing is poisoned any more, so that other tests find what they expect.
  ~PoolCallsTest() override { new (&pool_marks) PoolMarks(); }

  static void poison(const void* memory, std::size_t size, Fill fill = Fill::kFill) {
    poison_memory(memory, size, fill, here());
  }
  static void unpoison(const void* memory, std::size_t size) { unpoison_memory(memory, size, here()); }

  template <typename Words>
  [[gnu::noinline]] std::string said(Words words) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    words(site);
    return heard();
  }
  // The first poisoned of the tail's bytes from an offset on; its size where there is none.
  static std::size_t first(const Tail& tail, std::size_t from = 0) {
    const void* const found = first_poisoned(tail.begin + from, tail.size - from);
    return found == nullptr ? tail.size
                            : static_cast<std::size_t>(static_cast<const char*>(found) - tail.begin);
  }
  static std::string of_poisoned(const Tail& tail, const char* access, std::size_t size, std::size_t offset,
                                 std::size_t first) {
    return "use-after-poison: memcpy() " + std::string(access) + " " + in_bytes(size) + " at offset " +
           std::to_string(tail.ahead + offset) + " of " + tail.block() + ", poisoned from offset " +
           std::to_string(tail.ahead + first) + " on\n";
  }
  static std::string written_in(const Tail& tail, std::size_t offset) {
    return "use-after-poison: 1 byte written at offset " + std::to_string(tail.ahead + offset) + " of " +
           tail.block() + ", which was poisoned there\n";
  }
};

TEST_F(PoolCallsTest, CallsMayBePassedTheRestOfTheBlock) {
  for (const Fill fill : {Fill::kFill, Fill::kLeave}) {
    for (const Tail& tail : tails(kSize)) {
      poison(tail.begin + 40, 60, fill);
      EXPECT_EQ(first(tail), 40U);
      EXPECT_EQ(first(tail, 39), 40U);
      EXPECT_EQ(first(tail, 70), 70U);
      EXPECT_EQ(first(tail, 99), 99U);
      EXPECT_EQ(first(tail, 100), kSize);
      EXPECT_EQ(first_poisoned(tail.begin, 40), nullptr);
      EXPECT_EQ(first_poisoned(tail.begin, 41), tail.begin + 40);
      EXPECT_EQ(accessible_at(tail.begin), 40U);
      EXPECT_EQ(accessible_at(tail.begin + 39), 1U);
      EXPECT_EQ(accessible_at(tail.begin + 40), 0U);
      EXPECT_EQ(accessible_at(tail.begin + 99), 0U);
      EXPECT_EQ(accessible_at(tail.begin + 100), kSize - 100);
      EXPECT_EQ(accessible_at(tail.begin + kSize), 0U);
      // As many as were asked for are free, and what is behind them is not looked at.
      EXPECT_EQ(accessible_at(tail.begin, 40), kSize);
      EXPECT_EQ(accessible_at(tail.begin, 41), 40U);
      EXPECT_EQ(accessible_at(tail.begin, 1000), 40U);

      EXPECT_EQ(said([&](auto& site) { site.reads(tail.begin, 40); }), "");
      EXPECT_EQ(said([&](auto& site) { site.writes(tail.begin + 100, kSize - 100); }), "");
      EXPECT_EQ(said([&](auto& site) { site.reads(tail.begin, 41); }), of_poisoned(tail, "reads", 41, 0, 40));
      EXPECT_EQ(said([&](auto& site) { site.writes(tail.begin + 50, 3); }),
                of_poisoned(tail, "writes", 3, 50, 50));
      EXPECT_EQ(said([&](auto& site) { site.writes(tail.begin + 99, 1000); }),
                of_poisoned(tail, "writes", 1000, 99, 99));
      EXPECT_EQ(said([&](auto& site) { site.writes(tail.begin + 100, kSize); }),
                past_end(tail, "writes", kSize, 100));
      EXPECT_EQ(said([&](auto& site) { site.reads_string(tail.begin + 30); }),
                of_poisoned(tail, "reads", 11, 30, 40));

      unpoison(tail.begin + 40, 60);
      EXPECT_EQ(first(tail), kSize);
      EXPECT_EQ(first_poisoned(tail.begin, kSize), nullptr);
      EXPECT_EQ(said([&](auto& site) { site.reads(tail.begin, kSize); }), "");
      EXPECT_EQ(heard(), "");
    }
  }
}

TEST_F(PoolCallsTest, AQuickLookSeesNothingOfThemAndLeavesAll) {
  for (const Tail& tail : tails(kSize)) {
    poison(tail.begin, 1);
    accessible_at(tail.begin + 1);
    Glance<Sight::kKnown> known;
    known.reads(tail.begin, 1);
    EXPECT_TRUE(known.shows_too_little());
    Glance<Sight::kNear> near;
    near.reads(tail.begin, 1);
    EXPECT_TRUE(near.shows_too_little());
    unpoison(tail.begin, 1);
  }
}

// What was known before is not enough any more.
TEST_F(PoolCallsTest, TheFirstPoisonForgetsWhatIsKnown) {
  const auto is_left = [](const Tail& tail) {
    Glance<Sight::kNear> near;
    near.reads(tail.begin, kSize);
    return near.shows_too_little();
  };
  const auto forgets = [&] {
    const std::vector<Tail> all = tails(kSize);
    bool known = true;
    for (const Tail& tail : all) known &= accessible_at(tail.begin) == kSize && !is_left(tail);
    poison(tail(BlockKind::kSmall, kSize).begin, kSize);
    bool left = true;
    for (const Tail& tail : all) left &= is_left(tail);
    _exit(!known ? 1 : !left ? 2 : 0);
  };
  HeardCalls::SetUp();
  if (IsSkipped()) return;
  EXPECT_EXIT(forgets(), testing::ExitedWithCode(0), "");
}

TEST_F(PoolCallsTest, ToPoisonNothingIsNoUse) {
  const auto unused = [&] {
    const Tail small = tail(BlockKind::kSmall, kSize);
    char outside[10];
    poison(outside, sizeof outside);
    poison(small.begin, 0);
    poison(small.begin + kSize, 1);
    const bool before = pool_marks.in_use();
    poison(small.begin, 1);
    _exit(!before && pool_marks.in_use() ? 0 : 1);
  };
  HeardCalls::SetUp();
  if (IsSkipped()) return;
  EXPECT_EXIT(unused(), testing::ExitedWithCode(0), "");
}

TEST_F(PoolCallsTest, AWriteToAPieceIsFoundWhenTheBlockIsFreed) {
  for (const Tail& tail : tails(kSize)) {
    poison(tail.begin + 40, 60);
    tail.begin[50] ^= 0x55;
    free_block(tail);
    EXPECT_EQ(heard(), written_in(tail, 50));
  }
}

TEST_F(PoolCallsTest, OnlyTheDataOfALiveBlockIsPoisoned) {
  for (const Tail& tail : tails(kSize)) {
    poison(tail.begin + 150, 1000);
    EXPECT_EQ(first(tail), 150U);
    EXPECT_EQ(first(tail, 199), 199U);
    EXPECT_EQ(accessible_at(tail.begin + kSize), 0U);
    unpoison(tail.begin + 190, 1000);
    EXPECT_EQ(first(tail), 150U);
    EXPECT_EQ(first(tail, 190), kSize);
    unpoison(tail.begin, SIZE_MAX);
    EXPECT_EQ(first(tail), kSize);
    poison(tail.begin, 0);
    poison(tail.begin + kSize, 100);
    poison(tail.begin - tail.ahead - 1, 100);
    EXPECT_EQ(first(tail), kSize);
    free_block(tail);
    poison(tail.begin, kSize);
    unpoison(tail.begin, kSize);
    EXPECT_EQ(heard(), "");
  }
  char outside[40] = "text";
  poison(outside, sizeof outside);
  EXPECT_STREQ(outside, "text");
  EXPECT_EQ(first_poisoned(outside, sizeof outside), nullptr);
  unpoison(outside, sizeof outside);
}

TEST_F(PoolCallsTest, ABlockWhoseHeaderIsDamagedIsNotPoisoned) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  for (const int byte : {-5, -10, -12}) small.begin[byte] ^= 0x55;
  poison(small.begin, kSize);
  for (const int byte : {-5, -10, -12}) small.begin[byte] ^= 0x55;
  EXPECT_EQ(std::string(small.begin, kSize), std::string(kSize, 'x'));
  EXPECT_EQ(first(small), kSize);
}

TEST_F(PoolCallsTest, ContentsStayOrAreLost) {
  for (const Tail& tail : tails(kSize)) {
    poison(tail.begin + 10, 20, Fill::kLeave);
    EXPECT_EQ(std::string(tail.begin, kSize), std::string(kSize, 'x'));
    tail.begin[15] = 'y';
    unpoison(tail.begin, kSize);
    EXPECT_EQ(heard(), "");
    EXPECT_EQ(tail.begin[15], 'y');
    poison(tail.begin + 10, 20, Fill::kFill);
    EXPECT_EQ(std::string(tail.begin, 10), std::string(10, 'x'));
    EXPECT_NE(std::string(tail.begin + 10, 20).find_first_not_of('x'), std::string::npos);
    EXPECT_EQ(std::string(tail.begin + 30, kSize - 30), std::string(kSize - 30, 'x'));
    for (std::size_t i = 10; i < 30; ++i) {
      EXPECT_EQ(static_cast<std::uint8_t>(tail.begin[i]),
                settings.keys.poison.byte(address_of(tail.begin) + i));
    }
    unpoison(tail.begin, kSize);
  }
}

TEST_F(PoolCallsTest, AWriteToAPieceIsFoundWhenItIsPoisonedOrUnpoisonedAgain) {
  for (const Tail& tail : tails(kSize)) {
    poison(tail.begin + 40, 60);
    tail.begin[50] ^= 0x55;
    poison(tail.begin, 45);
    EXPECT_EQ(heard(), "");  // not there
    poison(tail.begin + 45, 10);
    EXPECT_EQ(heard(), written_in(tail, 50));
    poison(tail.begin + 45, 10);
    EXPECT_EQ(heard(), "");
    tail.begin[60] ^= 0x55;
    unpoison(tail.begin, 60);
    EXPECT_EQ(heard(), "");
    unpoison(tail.begin + 60, 1);
    EXPECT_EQ(heard(), written_in(tail, 60));
    tail.begin[60] = 0;
    unpoison(tail.begin, kSize);
    EXPECT_EQ(heard(), "");
  }
}

}  // namespace
}  // namespace padlock::runtime::pool_calls_checks
