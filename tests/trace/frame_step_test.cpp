// Single steps over a stack made by hand: every kind of rule, and every word that it has to log.
#include "trace/frame_step.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace padlock::trace {
namespace {

using Words = std::vector<std::pair<std::uintptr_t, std::uintptr_t>>;

struct RecordingLog {
  Words return_addresses;
  Words frame_pointers;
  Words stack_pointers;
  void on_stack_pointer(std::uintptr_t slot, std::uintptr_t sp) { stack_pointers.emplace_back(slot, sp); }
  void on_return_address(std::uintptr_t slot, std::uintptr_t pc) { return_addresses.emplace_back(slot, pc); }
  void on_frame_pointer(std::uintptr_t slot, std::uintptr_t fp) { frame_pointers.emplace_back(slot, fp); }
};

class FrameStep : public testing::Test {
 protected:
  FrameStep() {
    for (std::size_t i = 0; i < kWords; ++i) stack_[i] = 0x1000 + i;
  }
  std::uintptr_t at(std::size_t index) { return reinterpret_cast<std::uintptr_t>(&stack_[index]); }
  bool step_by(const UnwindRule& rule) {
    StackReader reader(at(0), {at(0), at(kWords)});
    return step(rule, reader, log_, state_);
  }

  static constexpr std::size_t kWords = 32;
  std::uintptr_t stack_[kWords];
  WalkState state_{{.pc = 1, .sp = at(0), .fp = at(10)}};
  RecordingLog log_;
};

TEST_F(FrameStep, ByTheStackPointer) {
  ASSERT_TRUE(step_by({.cfa_offset = 32, .cfa = CfaRule::kSp}));
  EXPECT_EQ(state_.frame.pc, 0x1003U);
  EXPECT_EQ(state_.frame.sp, at(4));
  EXPECT_EQ(state_.frame.fp, at(10));
  EXPECT_EQ(state_.fp_slot, 0U);
  EXPECT_EQ(log_.return_addresses, (Words{{at(3), 0x1003}}));
  EXPECT_EQ(log_.frame_pointers, Words{});
}

TEST_F(FrameStep, ByTheFramePointer) {
  ASSERT_TRUE(step_by({.cfa_offset = 16, .fp_words = -2, .cfa = CfaRule::kFp, .fp = FpRule::kAtCfa}));
  EXPECT_EQ(state_.frame.pc, 0x100bU);
  EXPECT_EQ(state_.frame.sp, at(12));
  EXPECT_EQ(state_.frame.fp, 0x100aU);
  EXPECT_EQ(state_.fp_slot, at(10));
  EXPECT_EQ(log_.return_addresses, (Words{{at(11), 0x100b}}));
  EXPECT_EQ(log_.frame_pointers, (Words{{0, at(10)}}));
}

TEST_F(FrameStep, AFramePointerThatWasLoadedIsLoggedWhenItIsUsed) {
  stack_[2] = at(20);
  ASSERT_TRUE(step_by({.cfa_offset = 32, .fp_words = -2, .cfa = CfaRule::kSp, .fp = FpRule::kAtCfa}));
  EXPECT_EQ(log_.frame_pointers, Words{});
  ASSERT_TRUE(step_by({.cfa_offset = 16, .cfa = CfaRule::kFp}));
  EXPECT_EQ(state_.frame.sp, at(22));
  EXPECT_EQ(log_.frame_pointers, (Words{{at(2), at(20)}}));
}

TEST_F(FrameStep, OfARealignedStack) {
  stack_[9] = at(16);
  ASSERT_TRUE(step_by({.cfa_offset = -8, .fp_words = 1, .cfa = CfaRule::kDerefFp, .fp = FpRule::kAtFp}));
  EXPECT_EQ(state_.frame.pc, 0x100fU);
  EXPECT_EQ(state_.frame.sp, at(16));
  EXPECT_EQ(state_.frame.fp, 0x100bU);
  EXPECT_EQ(state_.fp_slot, at(11));
  EXPECT_EQ(log_.return_addresses, (Words{{at(15), 0x100f}}));
  EXPECT_EQ(log_.frame_pointers, (Words{{0, at(10)}, {at(9), at(16)}, {0, at(10)}}));
}

TEST_F(FrameStep, FailsWhereTheStackCannotBeRead) {
  state_.frame.fp = 8;
  EXPECT_FALSE(step_by({.cfa_offset = 16, .cfa = CfaRule::kFp}));
  state_.frame.fp = 8;
  EXPECT_FALSE(step_by({.cfa_offset = 16, .cfa = CfaRule::kDerefFp}));
  state_.frame = {.pc = 1, .sp = at(0), .fp = 8};
  EXPECT_FALSE(step_by({.cfa_offset = 16, .fp_words = 0, .cfa = CfaRule::kSp, .fp = FpRule::kAtFp}));
}

TEST_F(FrameStep, FailsWhereNoCodeAddressComesOut) {
  stack_[1] = 0;
  EXPECT_FALSE(step_by({.cfa_offset = 16, .cfa = CfaRule::kSp}));
  EXPECT_EQ(log_.return_addresses, (Words{{at(1), 0}}));  // it decided where the walk ended
}

TEST(StackReader, KnowsTheThreadsOwnStackToTheByte) {
  const std::uintptr_t words[4] = {1, 2, 3, 4};
  const auto begin = reinterpret_cast<std::uintptr_t>(&words[0]);
  const StackReader reader(begin + 8, {begin, begin + 24});
  EXPECT_FALSE(reader.is_own(begin));
  EXPECT_TRUE(reader.is_own(begin + 8));
  EXPECT_TRUE(reader.is_own(begin + 16));
  EXPECT_FALSE(reader.is_own(begin + 17));
  EXPECT_FALSE(reader.is_own(begin + 24));
  EXPECT_FALSE(StackReader(begin, {}).is_own(begin));
  EXPECT_FALSE(StackReader(begin + 20, {begin, begin + 24}).is_own(begin + 20));
}

// A walk that came from elsewhere.
TEST(StackReader, GoesToTheThreadsOwnStackWhereItIsMapped) {
  const std::uintptr_t elsewhere[2] = {};
  std::uintptr_t words[8] = {};
  const auto at = [&](std::size_t index) { return reinterpret_cast<std::uintptr_t>(&words[index]); };
  const auto own_after = [&](AddressRange stack, std::uintptr_t sp) {
    StackReader reader(reinterpret_cast<std::uintptr_t>(elsewhere), stack);
    reader.go_to(sp);
    std::size_t first = 0;
    while (first < 8 && !reader.is_own(at(first))) ++first;
    for (std::size_t i = first; i < 8; ++i) EXPECT_EQ(reader.is_own(at(i)), at(i) + 8 <= stack.end) << i;
    return first;
  };
  EXPECT_EQ(own_after({at(1), at(6)}, at(3)), 3U);
  EXPECT_EQ(own_after({at(1), at(6)}, at(1)), 1U);
  EXPECT_EQ(own_after({at(1), at(6)}, at(0)), 8U) << "not on it";
  EXPECT_EQ(own_after({at(1), at(6)}, at(6)), 8U) << "not on it";
  EXPECT_EQ(own_after({at(1), at(6)}, at(3) + 4), 8U) << "between two words";
  EXPECT_EQ(own_after({0, at(6)}, 8), 8U) << "nothing is mapped there";
  // What it knows already it does not forget.
  StackReader reader(at(2), {at(1), at(6)});
  reader.go_to(at(4));
  EXPECT_TRUE(reader.is_own(at(2)));
  reader.go_to(at(1));
  EXPECT_TRUE(reader.is_own(at(1)));
}

TEST_F(FrameStep, OverASignalToTheInterruptedFrame) {
  stack_[20] = at(28);
  StackReader reader(at(0), {at(0), at(kWords)});
  ASSERT_TRUE(step_over_signal(reader, log_, state_));
  EXPECT_EQ(state_.frame.pc, 0x1016U);
  EXPECT_EQ(state_.frame.sp, at(28));
  EXPECT_EQ(state_.frame.fp, 0x100fU);
  EXPECT_EQ(state_.fp_slot, kFpLogged);
  EXPECT_EQ(log_.return_addresses, (Words{{at(21), 0x1015}}));
  EXPECT_EQ(log_.frame_pointers, (Words{{at(15), 0x100f}}));
  EXPECT_EQ(log_.stack_pointers, (Words{{at(20), at(28)}}));
}

TEST_F(FrameStep, OverNoSignalWhereItsContextCannotBeRead) {
  state_.frame.sp = 8;
  StackReader reader(8, {});
  EXPECT_FALSE(step_over_signal(reader, log_, state_));
}

}  // namespace
}  // namespace padlock::trace
