// Tails: the outer part of a walk is known again only if every word that decided it is as it was, and what
// captures say does not depend on whether it was known.
#include "trace/tails.h"

#include <gtest/gtest.h>

#include <alloca.h>

#include <memory>
#include <vector>

#include "base/random.h"
#include "trace/unwinder.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kDepth = 16;

class TailsTest : public testing::Test {
 protected:
  void SetUp() override { tails_->clear(); }
  std::uintptr_t slot(std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack_[index]); }
  FrameState frame(std::size_t index) { return {.pc = 0x1000 + index, .sp = slot(index), .fp = 5}; }
  // Of the frame at word `index`: a tail of two frames that the next word decides.
  void record(std::size_t index) {
    Tail& tail = *tails_->place_of(frame(index), kDepth);
    tail.start(frame(index), slot(kWords));
    tail.log().on_return_address(slot(index + 1), stack_[index + 1]);
    tail.finish(std::vector<std::uintptr_t>{0x1000 + index, 0x2000 + index}, tails_->key());
  }
  bool holds(const FrameState& at, std::size_t depth = kDepth) {
    Tail* const tail = tails_->place_of(at, depth);
    return tail != nullptr && tails_->holds(*tail, at);
  }

  static constexpr std::size_t kPeriod = 768;       // misses that are judged
  static constexpr std::size_t kAside = 16 * 1024;  // walks

  static constexpr std::size_t kWords = 4000;
  std::uintptr_t stack_[kWords] = {};
  std::unique_ptr<Tails> tails_ = std::make_unique<Tails>();
};

TEST_F(TailsTest, ZeroesKnowNothing) {
  EXPECT_FALSE(holds({}));
  EXPECT_FALSE(holds(frame(0)));
}

TEST_F(TailsTest, KnowsTheFramesAgain) {
  record(3);
  ASSERT_TRUE(holds(frame(3)));
  std::uintptr_t pcs[Tail::kMostFrames];
  EXPECT_EQ(tails_->place_of(frame(3), kDepth)->copy_to(pcs), 2U);
  EXPECT_EQ(pcs[0], 0x1003U);
  EXPECT_EQ(pcs[1], 0x2003U);
}

TEST_F(TailsTest, WhatDecidedTheWalkCounts) {
  record(3);
  stack_[4] ^= 1;
  EXPECT_FALSE(holds(frame(3)));
  stack_[4] ^= 1;
  FrameState other = frame(3);
  other.pc += 1;
  EXPECT_FALSE(holds(other));
  EXPECT_TRUE(holds(frame(3)));
}

TEST_F(TailsTest, OneThatIsBeingRecordedMatchesNothing) {
  record(3);
  tails_->place_of(frame(3), kDepth)->start(frame(3), slot(kWords));
  EXPECT_FALSE(holds(frame(3)));
}

TEST_F(TailsTest, AnotherDepthAndNewRulesEmptyThem) {
  record(3);
  EXPECT_FALSE(holds(frame(3), kDepth + 1));
  EXPECT_FALSE(holds(frame(3)));
  record(3);
  tails_->clear();
  EXPECT_FALSE(holds(frame(3)));
}

TEST_F(TailsTest, EachClearMakesAnotherKey) {
  for (std::uintptr_t number = 1; number < 1 << 16; ++number) {
    EXPECT_EQ(tails_->key(), number * MemoEntry::kKey);
    tails_->clear();
  }
  EXPECT_EQ(tails_->key(), MemoEntry::kKey) << "0 is none";
}

TEST_F(TailsTest, ForgetForGoodHoweverOftenTheyAreEmptied) {
  record(3);
  for (int i = 0; i < 3 << 16; ++i) {
    tails_->clear();
    Tail& tail = *tails_->place_of(frame(3), kDepth);
    ASSERT_FALSE(tail.matches(frame(3), tails_->key())) << i;
    tail.start(frame(3), slot(kWords));
    ASSERT_FALSE(tail.matches(frame(3), tails_->key())) << i;
  }
}

TEST_F(TailsTest, ManyPlacesShareThem) {
  for (std::size_t i = 0; i + 1 < kWords; ++i) {
    ASSERT_FALSE(holds(frame(i))) << i;
    record(i);
    ASSERT_TRUE(holds(frame(i))) << i;
  }
}

TEST_F(TailsTest, StandAsideWhereTheyRarelyHit) {
  std::size_t asked = 0;
  for (; asked < kWords - 1 && !tails_->stand_aside(); ++asked) EXPECT_FALSE(holds(frame(asked)));
  EXPECT_EQ(asked, kPeriod);
  std::size_t aside = 1;  // the last one that asked
  while (tails_->stand_aside()) ++aside;
  EXPECT_EQ(aside, kAside);
}

// Each time anew: what hit before counts no more.
TEST_F(TailsTest, StandAsideAgainAfterASecondTry) {
  constexpr std::size_t kEnoughHits = 3 * kPeriod;
  const auto miss = [&] {
    for (std::size_t i = 0; i < kPeriod; ++i) {
      EXPECT_FALSE(tails_->stand_aside()) << i;
      EXPECT_FALSE(holds(frame(i + 1)));
    }
  };
  record(0);
  for (std::size_t i = 0; i < kEnoughHits; ++i) ASSERT_TRUE(holds(frame(0)));
  miss();
  EXPECT_FALSE(tails_->stand_aside());
  for (const std::size_t hits : {std::size_t{0}, std::size_t{1}, kEnoughHits - 1}) {
    record(0);
    for (std::size_t i = 0; i < hits; ++i) ASSERT_TRUE(holds(frame(0)));
    miss();
    std::size_t aside = 0;
    while (tails_->stand_aside()) ++aside;
    EXPECT_EQ(aside, kAside) << hits;
  }
}

TEST(TailsHead, LeavesTheOutermostEightToTwelveFrames) {
  for (std::size_t depth = 1; depth < 12; ++depth) EXPECT_EQ(Tails::head_of(depth), depth);
  for (std::size_t depth = 12; depth <= 16; ++depth) EXPECT_EQ(Tails::head_of(depth), 4U);
  for (std::size_t depth = 17; depth <= kMaxDepth; ++depth) EXPECT_EQ(depth - Tails::head_of(depth), 12U);
}

// What a log is passed, in its order.
struct SeenWords {
  std::vector<std::uintptr_t> seen;
  void on_return_address(std::uintptr_t slot, std::uintptr_t pc) { add(1, slot, pc); }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t fp) { add(2, slot, fp); }
  void on_stack_pointer(std::uintptr_t slot, std::uintptr_t sp) { add(3, slot, sp); }
  void add(std::uintptr_t what, std::uintptr_t slot, std::uintptr_t word) {
    seen.insert(seen.end(), {what, slot, word});
  }
};

TEST(TailLogTest, TheWholeWalkAndItsTailSeeEachWord) {
  std::uintptr_t stack[16] = {};
  const auto slot = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack[index]); };
  for (std::size_t i = 0; i < 16; ++i) stack[i] = 100 + i;
  const FrameState frame{.pc = 2, .sp = slot(4), .fp = 105};
  SeenWords whole;
  MemoEntry tail{};
  tail.start(frame, slot(16));
  TailLog log(whole, tail, slot(1));
  log.on_return_address(slot(6), 106);
  log.on_frame_pointer(kFpAtStart, 105);
  log.on_frame_pointer(slot(8), 108);
  log.on_frame_pointer(kFpLogged, 7);
  log.on_stack_pointer(slot(10), 110);
  tail.finish(0, MemoEntry::kKey);
  EXPECT_EQ(whole.seen, (std::vector<std::uintptr_t>{1, slot(6), 106, 2, slot(1), 105, 2, slot(8), 108, 2,
                                                     kFpLogged, 7, 3, slot(10), 110}));
  ASSERT_TRUE(tail.matches(frame, MemoEntry::kKey));
  for (std::size_t i = 0; i < 16; ++i) {
    stack[i] ^= 1;
    EXPECT_EQ(tail.matches(frame, MemoEntry::kKey), i != 6 && i != 8 && i != 10) << i;
    stack[i] ^= 1;
  }
  FrameState other = frame;
  other.fp += 1;
  EXPECT_FALSE(tail.matches(other, MemoEntry::kKey))
      << "the walk used the frame pointer that the tail begins with";
}

TEST(TailsFollowed, AnEntryThatFollowsOneMatchesAsIfItHadSeenItAll) {
  std::uintptr_t stack[64] = {};
  const auto slot = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack[index]); };
  const FrameState outer{.pc = 2, .sp = slot(10), .fp = 7};
  MemoEntry tail{};
  tail.start(outer, slot(64));
  tail.on_frame_pointer(kFpAtStart, 7);
  tail.on_return_address(slot(20), 0);
  tail.finish(0, MemoEntry::kKey);

  const FrameState caller{.pc = 1, .sp = slot(0), .fp = 6};
  MemoEntry entry{};
  entry.start(caller, slot(64));
  entry.on_return_address(slot(1), 0);
  entry.follow(tail, outer.sp, slot(5));  // the frame pointer was loaded from there
  entry.finish(9, MemoEntry::kKey);
  ASSERT_TRUE(entry.matches(caller, MemoEntry::kKey));
  for (std::size_t i = 0; i < 64; ++i) {
    stack[i] ^= 1;
    EXPECT_EQ(entry.matches(caller, MemoEntry::kKey), i != 1 && i != 5 && i != 20) << i;
    stack[i] ^= 1;
  }
}

// Of a frame at word 10 whose walk reads words up to `last`.
bool matches_when_followed(std::size_t last, std::size_t end, std::uintptr_t sp_off_by = 0) {
  std::uintptr_t stack[64] = {};
  const auto slot = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack[index]); };
  MemoEntry tail{};
  tail.start({.pc = 2, .sp = slot(10), .fp = 0}, slot(64));
  for (const std::size_t word : {last, std::size_t{12}})
    if (word >= 10) tail.on_return_address(slot(word), 0);
  tail.finish(0, MemoEntry::kKey);
  const FrameState caller{.pc = 1, .sp = slot(0), .fp = 0};
  MemoEntry entry{};
  entry.start(caller, slot(end));
  entry.on_return_address(slot(1), 0);
  entry.follow(tail, slot(10) + sp_off_by, kFpLogged);
  entry.finish(9, MemoEntry::kKey);
  return entry.matches(caller, MemoEntry::kKey);
}

TEST(TailsFollowed, AnEntryKeepsWordsUpToTheEndOfTheStack) {
  for (std::size_t end = 14; end <= 40; ++end) EXPECT_EQ(matches_when_followed(30, end), end > 30) << end;
  EXPECT_FALSE(matches_when_followed(30, 40, 4)) << "off by half a word";
  EXPECT_TRUE(matches_when_followed(30, 40, 8));
}

TEST(TailsFollowed, AFrameAtTheEndOfTheStackIsNotFollowed) {
  std::uintptr_t stack[32] = {};
  const auto slot = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack[index]); };
  for (std::size_t place = 18; place <= 22; ++place) {
    MemoEntry tail{};  // has read no word
    tail.start({.pc = 2, .sp = slot(place), .fp = 0}, slot(32));
    tail.finish(0, MemoEntry::kKey);
    const FrameState caller{.pc = 1, .sp = slot(0), .fp = 0};
    MemoEntry entry{};
    entry.start(caller, slot(20));
    entry.on_return_address(slot(1), 0);
    entry.follow(tail, slot(place), kFpLogged);
    entry.finish(9, MemoEntry::kKey);
    EXPECT_EQ(entry.matches(caller, MemoEntry::kKey), place < 20) << place;
  }
}

TEST(TailsFollowed, AnEntryWithoutRoomMatchesNothing) {
  std::uintptr_t stack[128] = {};
  const auto slot = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack[index]); };
  MemoEntry tail{};
  tail.start({.pc = 2, .sp = slot(40), .fp = 0}, slot(128));
  for (std::size_t i = 0; i < MemoEntry::kMostLoads / 2; ++i) tail.on_return_address(slot(50 + i), 0);
  tail.finish(0, MemoEntry::kKey);
  for (const std::size_t more : {0U, 4U}) {
    const FrameState caller{.pc = 1, .sp = slot(0), .fp = 0};
    MemoEntry entry{};
    entry.start(caller, slot(128));
    for (std::size_t i = 0; i < MemoEntry::kMostLoads / 2 + more; ++i) entry.on_return_address(slot(i), 0);
    entry.follow(tail, slot(40), kFpLogged);
    entry.finish(9, MemoEntry::kKey);
    EXPECT_EQ(entry.matches(caller, MemoEntry::kKey), more == 0);
  }
}

// Recursion by chance: inner frames change all the time, outer ones now and then. Half of the frames have a
// frame pointer of their own.
class Wanderer {
 public:
  void wander(int steps) {
    for (int i = 0; i < steps; ++i) go_down(0);
  }
  [[nodiscard]] int compared() const { return compared_; }

 private:
  [[gnu::noinline]] void go_down(int level) {
    compare();
    while (level < 24 && random_.next() % 8 < 5) {
      random_.next() % 2 == 0 ? by_stack_pointer(level + 1) : by_frame_pointer(level + 1);
      compare();
    }
  }
  [[gnu::noinline]] void by_stack_pointer(int level) {
    go_down(level);
    asm volatile("");
  }
  [[gnu::noinline]] void by_frame_pointer(int level) {
    auto* const room = static_cast<volatile char*>(alloca(16 + random_.next() % 64));
    room[0] = 1;
    go_down(level);
    room[1] = 1;
  }
  [[gnu::noinline]] void compare() {
    if (compared_ > 60000) return;
    const FrameState here = PADLOCK_CALLER_STATE();
    const TraceId fast = unwinder_->capture(here, kDepth, UnwindMode::kFast, *depot_);
    const TraceId exact = exact_->capture(here, kDepth, UnwindMode::kExact, *depot_);
    EXPECT_EQ(fast, exact);
    ++compared_;
  }

  static std::unique_ptr<ThreadUnwinder> of_this_stack() {
    auto unwinder = std::make_unique<ThreadUnwinder>();
    unwinder->set_stack(os::stack_bounds());
    return unwinder;
  }
  static std::unique_ptr<Depot> with_room() {
    auto depot = std::make_unique<Depot>();
    depot->init(std::size_t{64} << 20);
    return depot;
  }

  Random random_{5};
  std::unique_ptr<ThreadUnwinder> unwinder_ = of_this_stack();
  std::unique_ptr<ThreadUnwinder> exact_ = of_this_stack();
  std::unique_ptr<Depot> depot_ = with_room();
  int compared_ = 0;
};

TEST(TailsWalk, CapturesSayWhatTheExactUnwinderSays) {
  Wanderer wanderer;
  wanderer.wander(20);
  EXPECT_GT(wanderer.compared(), 1000);
}

}  // namespace
}  // namespace padlock::trace
