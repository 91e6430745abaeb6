// Stacks that hold anything: a walk ends, it never traps.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "os/memory.h"
#include "trace/rule_finder.h"
#include "trace/unwinder.h"

namespace padlock::trace {
namespace {

[[gnu::noinline]] FrameState own_state() {
  const FrameState state = PADLOCK_CALLER_STATE();
  asm volatile("" ::: "memory");
  return state;
}

// A return address whose rule is simple.
std::uintptr_t simple_pc() {
  const std::uintptr_t pc = own_state().pc;
  EXPECT_TRUE(find_rule(pc).is_simple());
  return pc;
}

// A page of stack, with nothing readable above it.
class GarbageStack : public testing::Test {
 protected:
  void SetUp() override {
    words_ = static_cast<std::uintptr_t*>(os::map(3 * os::page_size(), os::Protection::kNone));
    words_ += os::page_size() / sizeof *words_;
    ASSERT_TRUE(os::protect(words_, os::page_size(), os::Protection::kReadWrite));
    end_ = words_ + os::page_size() / sizeof *words_;
  }
  void TearDown() override { os::unmap(words_ - os::page_size() / sizeof *words_, 3 * os::page_size()); }
  static std::uintptr_t address(const std::uintptr_t* word) { return reinterpret_cast<std::uintptr_t>(word); }
  std::size_t walk(const FrameState& state) { return unwinder_->walk(state, UnwindMode::kFast, pcs_); }

  std::uintptr_t* words_ = nullptr;
  std::uintptr_t* end_ = nullptr;
  std::unique_ptr<ThreadUnwinder> unwinder_ = std::make_unique<ThreadUnwinder>();
  std::uintptr_t pcs_[kMaxDepth] = {};
};

// A fiber whose first frame "returns" to real code, as if it had been called from there.
TEST_F(GarbageStack, EndsAtTheTopOfTheMapping) {
  std::fill(words_, end_, simple_pc());
  const std::size_t depth = walk({simple_pc(), address(end_ - 40), address(end_ - 40)});
  EXPECT_GE(depth, 1U);
  EXPECT_LT(depth, kMaxDepth);
}

TEST_F(GarbageStack, EndsBelowAStackPointerThatCannotBeRead) {
  for (const std::uintptr_t sp :
       {std::uintptr_t{0}, address(end_), address(end_) + 4, ~std::uintptr_t{7}, std::uintptr_t{1} << 63}) {
    EXPECT_EQ(walk({simple_pc(), sp, sp}), 1U) << std::hex << sp;
  }
}

TEST_F(GarbageStack, EndsWhereAWordIsNoCodeAddress) {
  for (const std::uintptr_t bad : {std::uintptr_t{0}, ~std::uintptr_t{0}, std::uintptr_t{1} << 47}) {
    std::fill(words_, end_, bad);
    EXPECT_EQ(walk({simple_pc(), address(words_), address(words_)}), 1U);
  }
}

TEST_F(GarbageStack, CodeThatNobodyDescribesIsTheLastFrame) {
  std::fill(words_, end_, address(words_));
  EXPECT_EQ(walk({simple_pc(), address(words_), address(words_)}), 2U);
  EXPECT_EQ(pcs_[1], address(words_));
}

TEST_F(GarbageStack, AStartThatIsNoCodeIsNoReasonToTrap) {
  EXPECT_EQ(walk({0, address(words_), 0}), 1U);
  EXPECT_EQ(walk({~std::uintptr_t{0}, address(words_), 0}), 1U);
  EXPECT_EQ(walk({1, address(words_), 0}), 1U);
}

// A fiber's stack may shrink or go between two captures at the same place; the memo must not read it then.
TEST_F(GarbageStack, AForeignStackThatIsGoneIsNotReadFromMemory) {
  ASSERT_TRUE(os::protect(end_, os::page_size(), os::Protection::kReadWrite));
  std::fill(words_, end_ + os::page_size() / sizeof *end_, simple_pc());
  Depot depot;
  depot.init(std::size_t{1} << 20);
  const FrameState state{simple_pc(), address(end_ - 1), address(end_ - 1)};
  const TraceId whole = unwinder_->capture(state, 8, UnwindMode::kFast, depot);
  ASSERT_TRUE(os::protect(end_, os::page_size(), os::Protection::kNone));
  const TraceId cut = unwinder_->capture(state, 8, UnwindMode::kFast, depot);
  EXPECT_GT(depot.fetch(whole, pcs_), 1U);
  EXPECT_EQ(depot.fetch(cut, pcs_), 1U);
}

TEST_F(GarbageStack, RandomMixesOfCodeAndStackAddressesNeverTrap) {
  std::mt19937_64 random(20240117);
  const std::uintptr_t code[] = {simple_pc(), reinterpret_cast<std::uintptr_t>(&std::memcpy) + 1,
                                 reinterpret_cast<std::uintptr_t>(&find_rule) + 40,
                                 reinterpret_cast<std::uintptr_t>(&std::abort) + 8};
  Depot depot;
  depot.init(std::size_t{8} << 20);
  for (int round = 0; round < 2000; ++round) {
    unwinder_->set_stack(round % 2 != 0 ? AddressRange{address(words_), address(end_)} : AddressRange{});
    for (std::uintptr_t* word = words_; word != end_; ++word) {
      const std::uint64_t draw = random();
      *word = draw % 3 == 0   ? code[draw / 3 % 4]
              : draw % 3 == 1 ? address(words_) + draw / 3 % 5000
                              : draw >> (draw / 3 % 64);
    }
    const FrameState state{code[0], address(words_ + random() % 512), address(words_ + random() % 512)};
    EXPECT_GE(walk(state), 1U);
    unwinder_->capture(state, 1 + random() % kMaxDepth, UnwindMode::kFast, depot);
  }
  EXPECT_GT(depot.size(), 100U);
}

}  // namespace
}  // namespace padlock::trace
