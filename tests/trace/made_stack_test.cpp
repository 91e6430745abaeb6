// Walks over stacks made by hand: where they end, and how far they look.
#include "made_stack.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "os/memory.h"
#include "trace/foreign_trace.h"
#include "trace/interruption.h"
#include "trace/rule_finder.h"
#include "trace/rule_table.h"

namespace padlock::trace {
namespace {

using trace_test::frame_pc;
using trace_test::function_start;
using trace_test::hard_pc;
using trace_test::MadeStack;
using trace_test::outermost_pc;

TEST(RuleFinder, KnowsTheFramesOfMadeStacks) {
  EXPECT_EQ(find_rule(function_start()).cfa, CfaRule::kUnknown);
  for (const std::uintptr_t number : {std::uintptr_t{0}, trace_test::kFramePcs}) {
    const UnwindRule rule = find_rule(frame_pc(number));
    EXPECT_EQ(rule.cfa, CfaRule::kSp) << number;
    EXPECT_EQ(rule.cfa_offset, 16) << number;
    EXPECT_EQ(rule.fp, FpRule::kSame) << number;
  }
  EXPECT_EQ(find_rule(outermost_pc()).cfa, CfaRule::kEnd);
  EXPECT_EQ(find_rule(hard_pc()).cfa, CfaRule::kHard);
  EXPECT_EQ(find_rule(1).cfa, CfaRule::kUnknown);
}

TEST(RuleFinder, KnowsWhereFunctionsBegin) {
  EXPECT_TRUE(is_function_start(function_start()));
  EXPECT_FALSE(is_function_start(function_start() - 1));
  EXPECT_FALSE(is_function_start(function_start() + 1));
  EXPECT_FALSE(is_function_start(1));
}

class MarkedEndTest : public testing::Test {
 protected:
  static constexpr std::size_t kFrames = 400;

  void SetUp() override { stack_.fill(0); }
  bool has_mark(std::uintptr_t first_pc = frame_pc(0)) {
    return has_marked_end(stack_.caller(first_pc), {stack_.begin(), stack_.end()}, *rules_);
  }
  MadeStack stack_{kFrames};
  std::unique_ptr<RuleTable> rules_ = std::make_unique<RuleTable>();
};

TEST_F(MarkedEndTest, ANullIsOneOnAPageThatTheWalkHadComeTo) {
  for (std::size_t frame = 1; frame < 255; ++frame) {
    stack_.fill(0);
    stack_.set(frame, 0);
    EXPECT_EQ(has_mark(), frame != 1 && frame != MadeStack::kOnNextPage) << frame;
  }
}

TEST_F(MarkedEndTest, TheStartOfAFunctionIsOneOnAPageThatTheWalkHadComeTo) {
  for (std::size_t frame = 1; frame < 255; ++frame) {
    stack_.fill(0);
    stack_.set(frame, function_start());
    EXPECT_EQ(has_mark(), frame != 1 && frame != MadeStack::kOnNextPage) << frame;
  }
  EXPECT_FALSE(has_mark(function_start())) << "the walk begins with it";
}

TEST_F(MarkedEndTest, OtherAddressesInNoFunctionAreNone) {
  for (const std::uintptr_t pc : {std::uintptr_t{1}, function_start() - 8}) {
    EXPECT_EQ(find_rule(pc).cfa, CfaRule::kUnknown);
    stack_.set(20, pc);
    EXPECT_FALSE(has_mark());
  }
}

TEST_F(MarkedEndTest, AFrameWithoutCallerIsOneWhereverItIs) {
  EXPECT_TRUE(has_mark(outermost_pc()));
  for (std::size_t frame = 1; frame < 255; ++frame) {
    stack_.fill(0);
    stack_.set(frame, outermost_pc());
    EXPECT_TRUE(has_mark()) << frame;
  }
}

TEST_F(MarkedEndTest, AFrameThatRulesCannotExpressIsNone) {
  EXPECT_FALSE(has_mark(hard_pc()));
  stack_.set(20, hard_pc());
  stack_.set(21, 0);
  EXPECT_FALSE(has_mark());
}

TEST_F(MarkedEndTest, IsLookedForInTheInnermostFramesOnly) {
  for (const std::size_t last : {254U, 255U, 256U, 257U}) {
    stack_.fill(0);
    stack_.set(last, outermost_pc());
    EXPECT_EQ(has_mark(), last < 256) << last;
  }
}

TEST(MadeInterruption, IsLookedForInTheInnermostFramesOnly) {
  constexpr std::uintptr_t kOwn = 100'000;
  const AddressRange own = {frame_pc(kOwn), frame_pc(kOwn) + 1};
  MadeStack stack(5000);
  for (const std::size_t place : {1U, 2U, 4094U, 4095U, 4096U, 4097U}) {
    stack.fill(0);
    stack.set(place, frame_pc(kOwn));
    EXPECT_EQ(is_interrupted_by_signal(stack.caller(frame_pc(0)), own), place > 4095) << place;
  }
  stack.fill(0);
  EXPECT_FALSE(is_interrupted_by_signal(stack.caller(frame_pc(kOwn)), own));
  stack.set(1, hard_pc());
  EXPECT_TRUE(is_interrupted_by_signal(stack.caller(frame_pc(0)), own)) << "followed no further";
  EXPECT_FALSE(is_interrupted_by_signal(stack.caller(frame_pc(kOwn)), own));
  EXPECT_TRUE(is_interrupted_by_signal(stack.caller(0), own)) << "nowhere to begin";
}

}  // namespace
}  // namespace padlock::trace
