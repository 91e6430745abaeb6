// What capture() promises besides the right frames: modes, limits, ids, the memo and its forgetting.
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "os/process.h"
#include "trace/unwinder.h"

namespace padlock::trace {
namespace {

class CaptureTest : public testing::Test {
 protected:
  void SetUp() override {
    depot_.init(std::size_t{1} << 20);
    unwinder_->set_stack(os::stack_bounds());
  }
  [[gnu::noinline]] TraceId capture(std::size_t depth, UnwindMode mode = UnwindMode::kFast) {
    return unwinder_->capture(PADLOCK_CALLER_STATE(), depth, mode, depot_);
  }

  Depot depot_;
  std::unique_ptr<ThreadUnwinder> unwinder_ = std::make_unique<ThreadUnwinder>();
};

TEST_F(CaptureTest, NothingIsAskedNothingIsKept) {
  EXPECT_EQ(capture(0), 0U);
  EXPECT_EQ(capture(16, UnwindMode::kNone), 0U);
  EXPECT_EQ(depot_.size(), 0U);
}

TEST_F(CaptureTest, TheSamePlaceHasTheSameIdInEveryMode) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(capture(16, i % 2 == 0 ? UnwindMode::kFast : UnwindMode::kExact), 1U);
  }
  std::uintptr_t pcs[kMaxDepth];
  EXPECT_GT(depot_.fetch(1, pcs), 3U);
}

TEST_F(CaptureTest, DepthsBeyondTheMostAreCut) { EXPECT_NE(capture(1000), 0U); }

TEST_F(CaptureTest, AFullDepotGivesZeroAndTheMemoDoesNotKeepIt) {
  Depot none;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(unwinder_->capture(PADLOCK_CALLER_STATE(), 8, UnwindMode::kFast, none), 0U);
  }
  EXPECT_NE(unwinder_->capture(PADLOCK_CALLER_STATE(), 8, UnwindMode::kFast, depot_), 0U);
}

TEST_F(CaptureTest, KeepsErrno) {
  unwinder_->set_stack({});
  errno = 77;
  capture(16);
  capture(16, UnwindMode::kExact);
  EXPECT_EQ(errno, 77);
}

// The memo answers until it is to forget, the latest trace alone or all.
TEST_F(CaptureTest, RecallsWhatItHasCapturedUntilItForgets) {
  const FrameState here = PADLOCK_CALLER_STATE();
  FrameState there = here;
  there.pc += 1;
  EXPECT_EQ(unwinder_->recall(here), 0U);
  const TraceId first = unwinder_->capture(here, 16, UnwindMode::kFast, depot_);
  const TraceId second = unwinder_->capture(there, 16, UnwindMode::kFast, depot_);
  EXPECT_NE(first, second);
  EXPECT_EQ(unwinder_->recall(here), first);
  EXPECT_EQ(unwinder_->recall(there), second);
  unwinder_->forget_latest();
  EXPECT_EQ(unwinder_->recall(there), 0U);
  EXPECT_EQ(unwinder_->recall(here), first);
  unwinder_->forget_latest();
  EXPECT_EQ(unwinder_->recall(here), 0U);
  EXPECT_EQ(unwinder_->capture(here, 16, UnwindMode::kFast, depot_), first);
  EXPECT_EQ(unwinder_->recall(here), first);
  unwinder_->forget_traces();
  EXPECT_EQ(unwinder_->recall(here), 0U);
  EXPECT_EQ(unwinder_->capture(here, 16, UnwindMode::kFast, depot_), first);
  invalidate_rules();
  EXPECT_EQ(unwinder_->recall(here), 0U);
}

// Each has to be looked at: it may be the one that changes what code there is.
TEST_F(CaptureTest, CallsOfTheLoaderAreNeverRecalled) {
  const auto recalled = [&](FrameState from) {
    int count = 0;
    for (int i = 0; i < 60; ++i, from.pc += 61) {
      static_cast<void>(unwinder_->capture(from, 16, UnwindMode::kFast, depot_));
      count += unwinder_->recall(from) != 0 ? 1 : 0;
    }
    return count;
  };
  FrameState from = PADLOCK_CALLER_STATE();
  EXPECT_GT(recalled(from), 0);
  const std::uint32_t generation = rules_generation.load();
  const AddressRange loader = os::loader_range();
  from.pc = loader.begin + (loader.end - loader.begin) / 2;
  EXPECT_EQ(recalled(from), 0);
  unwinder_->set_stack({});
  EXPECT_EQ(recalled(from), 0) << "on another stack";
  EXPECT_EQ(rules_generation.load(), generation) << "it changes no modules";
}

TEST_F(CaptureTest, WritesNoMoreFramesThanThereIsRoomFor) {
  const FrameState here = PADLOCK_CALLER_STATE();
  for (const UnwindMode mode : {UnwindMode::kFast, UnwindMode::kExact}) {
    std::uintptr_t whole[kMaxDepth];
    ASSERT_GT(unwinder_->walk(here, mode, whole), 3U);
    for (std::size_t room = 0; room <= 3; ++room) {
      std::vector<std::uintptr_t> pcs(room + 1, 7);
      EXPECT_EQ(unwinder_->walk(here, mode, std::span(pcs).first(room)), room);
      for (std::size_t i = 0; i < room; ++i) EXPECT_EQ(pcs[i], whole[i]);
      EXPECT_EQ(pcs[room], 7U);
    }
  }
}

// Of a recursion all frames have one return address: the stack pointer tells them apart.
[[gnu::noinline]] void recurse(int levels, std::vector<FrameState>& states,
                               const std::function<void()>& then) {
  states.push_back(PADLOCK_CALLER_STATE());
  if (levels == 0) {
    then();
  } else {
    recurse(levels - 1, states, then);
  }
  asm volatile("");
}

TEST_F(CaptureTest, AWalkBeginsAtTheFrameThatIsAsked) {
  std::vector<FrameState> states;
  recurse(5, states, [&] {
    EXPECT_EQ(states[2].pc, states[4].pc);
    std::size_t deeper = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
      std::vector<std::uintptr_t> fast(kMaxDepth);
      fast.resize(unwinder_->walk(states[i], UnwindMode::kFast, fast));
      std::vector<std::uintptr_t> exact(kMaxDepth);
      exact.resize(unwinder_->walk(states[i], UnwindMode::kExact, exact));
      EXPECT_EQ(exact, fast) << i;
      EXPECT_TRUE(i == 0 || exact.size() == deeper + 1) << i;
      deeper = exact.size();
    }
  });
}

// Another depth is another trace, and only what was captured quickly is recalled.
TEST_F(CaptureTest, EachDepthIsATraceOfItsOwn) {
  const FrameState here = PADLOCK_CALLER_STATE();
  std::uintptr_t pcs[kMaxDepth];
  for (const std::size_t depth : {1U, 2U, 3U, 2U, 1U}) {
    const TraceId id = unwinder_->capture(here, depth, UnwindMode::kFast, depot_);
    EXPECT_EQ(depot_.fetch(id, pcs), depth);
    EXPECT_EQ(pcs[0], here.pc);
    EXPECT_EQ(unwinder_->capture(here, depth, UnwindMode::kExact, depot_), id);
    EXPECT_EQ(unwinder_->recall(here), id);
  }
  EXPECT_EQ(depot_.size(), 3U);
  EXPECT_EQ(unwinder_->capture(here, 0, UnwindMode::kExact, depot_), 0U);
  unwinder_->forget_traces();
  EXPECT_NE(unwinder_->capture(here, 3, UnwindMode::kExact, depot_), 0U);
  EXPECT_EQ(unwinder_->recall(here), 0U);
}

TEST_F(CaptureTest, SurvivesEveryGeneration) {
  const FrameState here = PADLOCK_CALLER_STATE();
  const TraceId id = unwinder_->capture(here, 16, UnwindMode::kFast, depot_);
  for (int i = 0; i < 70'000; ++i) {
    invalidate_rules();
    if (i % 5000 == 0) {
      EXPECT_EQ(unwinder_->capture(here, 16, UnwindMode::kFast, depot_), id);
    }
  }
  EXPECT_EQ(unwinder_->capture(here, 16, UnwindMode::kFast, depot_), id);
}

}  // namespace
}  // namespace padlock::trace
