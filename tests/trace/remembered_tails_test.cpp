// That tails are used: where the outer frames are remembered, nobody looks for their rules once more.
// Searches for call-frame information are counted, on stacks made by hand.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "made_stack.h"
#include "trace/unwinder.h"

namespace {
std::size_t g_searches = 0;
}

// In front of libgcc's.
struct dwarf_eh_bases;
extern "C" const void* _Unwind_Find_FDE(void* address, dwarf_eh_bases* bases) {
  using Find = const void* (*)(void*, dwarf_eh_bases*);
  static const auto find = reinterpret_cast<Find>(dlsym(RTLD_NEXT, "_Unwind_Find_FDE"));
  ++g_searches;
  return find(address, bases);
}

namespace padlock::trace {
namespace {

using trace_test::frame_pc;
using trace_test::MadeStack;

class RememberedTailsTest : public testing::Test {
 protected:
  static constexpr std::size_t kDepth = 16;
  static constexpr std::size_t kHead = 4;
  static constexpr std::uintptr_t kPcs = 100'000;

  void know_the_stack() { unwinder_->set_stack({stack_.begin(), stack_.end()}); }
  std::vector<std::uintptr_t> walk(std::uintptr_t first, std::size_t depth = kDepth) {
    stack_.fill(first);
    return walk_as_it_is(first, depth);
  }
  std::vector<std::uintptr_t> walk_as_it_is(std::uintptr_t first, std::size_t depth = kDepth) {
    std::vector<std::uintptr_t> pcs(depth);
    pcs.resize(unwinder_->walk(stack_.caller(frame_pc(first)), UnwindMode::kFast, pcs));
    return pcs;
  }
  // The rules of so many frames push out all others. Walks of this depth have no tails.
  void fill_the_rules() {
    constexpr std::size_t kShort = 10;
    for (std::uintptr_t first = 200; first < kPcs; first += kShort) walk(first, kShort);
  }
  // Of a walk after which the rules of its frames have gone.
  std::size_t searches(std::uintptr_t first) {
    const std::vector<std::uintptr_t> expected = expected_from(first);
    fill_the_rules();
    const std::size_t before = g_searches;
    EXPECT_EQ(walk(first), expected);
    return g_searches - before;
  }
  static std::vector<std::uintptr_t> expected_from(std::uintptr_t first) {
    std::vector<std::uintptr_t> pcs;
    for (std::size_t i = 0; i < kDepth; ++i) pcs.push_back(frame_pc(first + i));
    return pcs;
  }

  MadeStack stack_{64};
  std::unique_ptr<ThreadUnwinder> unwinder_ = std::make_unique<ThreadUnwinder>();
};

TEST_F(RememberedTailsTest, OnItsOwnStackAWalkSearchesForRulesOfTheHeadAlone) {
  know_the_stack();
  EXPECT_EQ(walk(0), expected_from(0));
  for (int round = 0; round < 3; ++round) EXPECT_LE(searches(0), kHead) << round;
}

TEST_F(RememberedTailsTest, OnAnotherStackItSearchesForAll) {
  EXPECT_EQ(walk(0), expected_from(0));
  EXPECT_GT(searches(0), kHead);
}

TEST_F(RememberedTailsTest, AnotherHeadMayHaveTheSameTail) {
  know_the_stack();
  EXPECT_EQ(walk(0), expected_from(0));
  fill_the_rules();
  std::vector<std::uintptr_t> expected = expected_from(0);
  stack_.fill(0);
  for (std::size_t i = 1; i < kHead; ++i) stack_.set(i, expected[i] = frame_pc(50 + i));
  const std::size_t before = g_searches;
  EXPECT_EQ(walk_as_it_is(0), expected);
  EXPECT_LE(g_searches - before, kHead);
}

TEST_F(RememberedTailsTest, WhereAnOuterFrameHasChangedItSearchesForAllAgain) {
  know_the_stack();
  EXPECT_EQ(walk(0), expected_from(0));
  fill_the_rules();
  std::vector<std::uintptr_t> expected = expected_from(0);
  stack_.fill(0);
  stack_.set(11, expected[11] = frame_pc(77));
  const std::size_t before = g_searches;
  EXPECT_EQ(walk_as_it_is(0), expected);
  EXPECT_GT(g_searches - before, kHead);
}

TEST_F(RememberedTailsTest, WhereTheyRarelyHitNoneIsRememberedForAWhile) {
  constexpr std::uintptr_t kMisses = 768;
  constexpr std::uintptr_t kAside = 16 * 1024;
  know_the_stack();
  for (std::uintptr_t i = 0; i < kMisses; ++i) EXPECT_EQ(walk(20 * i).size(), kDepth);
  std::uintptr_t aside = 2;
  walk(0);
  EXPECT_GT(searches(0), kHead);
  for (; aside < kAside; ++aside) walk(0);
  walk(0);
  EXPECT_LE(searches(0), kHead);
}

TEST_F(RememberedTailsTest, AnotherGenerationOfRulesForgetsThem) {
  know_the_stack();
  EXPECT_EQ(walk(0), expected_from(0));
  invalidate_rules();
  EXPECT_GT(searches(0), kHead);
  EXPECT_LE(searches(0), kHead);
  know_the_stack();
  EXPECT_GT(searches(0), kHead) << "nor is a tail of another stack known";
}

}  // namespace
}  // namespace padlock::trace
