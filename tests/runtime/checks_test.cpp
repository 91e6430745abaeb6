// When the whole heap is checked while the program runs: every so many allocations, on a signal, and when the
// signal came at a bad time; and at which allocation a debugger breaks.
#include "runtime/calls/checks.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "padlock/padlock.h"
#include "process_heap.h"
#include "runtime/interposed/pools.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime::checks_checks {

// The allocation at which a debugger would have broken.
std::pair<const void*, std::uint64_t> reached;

}  // namespace padlock::runtime::checks_checks

// In place of the edge's.
extern "C" void padlock_allocation_reached(const void* block, std::uint64_t number) {
  padlock::runtime::checks_checks::reached = {block, number};
}

namespace padlock::runtime::checks_checks {
namespace {

class ChecksTest : public ProcessHeapTest {
 protected:
  ChecksTest() {
    for (int i = 0; i < 60; ++i) blocks_.push_back(take(24));
    reached = {};
    set_up_checks();
  }
  ~ChecksTest() override {
    for (std::uint8_t* const block : blocks_) give(block);
    settings.options.check_interval = 0;
    settings.options.break_on_allocation = 0;
    settings.options.check_on_signal = false;
    set_up_checks();
    std::signal(SIGUSR2, SIG_DFL);
  }

  // Whether `call` checks the heap: damage that is there in the meantime is found then. Each time that of
  // another block, as what was reported is not reported again.
  template <typename Call>
  bool finds(Call call) {
    std::uint8_t& damaged = blocks_.at(next_++)[24];
    damaged ^= 1;
    faults();
    call();
    const std::vector<NotedFault> found = faults();
    damaged ^= 1;
    if (found.empty()) return false;
    EXPECT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, "heap-buffer-overflow");
    EXPECT_EQ(found[0].call, "heap check");
    return true;
  }
  static bool is_work() { return work_after_allocation.load(); }

  std::vector<std::uint8_t*> blocks_;
  std::size_t next_ = 0;
};

struct sigaction action_of(int signal) {
  struct sigaction action = {};
  sigaction(signal, nullptr, &action);
  return action;
}

TEST_F(ChecksTest, WithoutAnOptionNoAllocationIsFollowedByWork) {
  EXPECT_FALSE(is_work());
  EXPECT_EQ(action_of(SIGUSR2).sa_handler, SIG_DFL);
  const Changed<bool> aside(settings.aside, true);
  settings.options.check_on_signal = true;
  set_up_checks();
  EXPECT_EQ(action_of(SIGUSR2).sa_handler, SIG_DFL) << "what is not guarded is not checked";
}

TEST_F(ChecksTest, WhileThereAreNoneAllocationsHaveNoCheck) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(finds([] { give(take(100)); }));
}

TEST_F(ChecksTest, EverySoManyAllocationsTheHeapIsChecked) {
  for (const std::int64_t interval : {1, 2, 5}) {
    settings.options.check_interval = interval;
    set_up_checks();
    EXPECT_TRUE(is_work());
    std::vector<int> checked;
    for (int i = 0; i < 5 * interval; ++i)
      if (finds([] { give(take(100)); })) checked.push_back(i);
    ASSERT_EQ(checked.size(), 5U) << interval;
    for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(checked[i] - checked[i - 1], interval);
    EXPECT_TRUE(is_work());
  }
}

TEST_F(ChecksTest, TheFirstCheckComesWithTheLastAllocationOfItsInterval) {
  const auto count_until_found = [] {
    settings.options.check_interval = 4;
    set_up_checks();
    int count = 0;
    std::vector<NotedFault> found;
    set_fault_callback([](const padlock_fault*, void* counted) { ++*static_cast<int*>(counted); }, &count);
    for (int i = 1; i <= 4; ++i) {
      take(24)[24] ^= 1;
      if (count != 0) _exit(i);
    }
    _exit(9);
  };
  // Nothing was counted in this process before.
  EXPECT_EXIT(count_until_found(), testing::ExitedWithCode(4), "");
}

TEST_F(ChecksTest, ASignalHasTheHeapCheckedAtOnce) {
  settings.options.check_on_signal = true;
  set_up_checks();
  EXPECT_FALSE(is_work());
  EXPECT_EQ(action_of(SIGUSR2).sa_flags & (SA_RESTART | SA_ONSTACK), SA_RESTART | SA_ONSTACK);
  EXPECT_TRUE(finds([] {
    errno = 77;
    std::raise(SIGUSR2);
    EXPECT_EQ(errno, 77);
  }));
  EXPECT_FALSE(is_work()) << "it is done";
  EXPECT_FALSE(finds([] { give(take(100)); }));
}

TEST_F(ChecksTest, ASignalAmidstACallHasTheNextAllocationCheck) {
  settings.options.check_on_signal = true;
  set_up_checks();
  const auto raise_amidst = [] {
    const ActivityScope reporting(Activity::kReporting);
    std::raise(SIGUSR2);
    give(take(100));
  };
  EXPECT_FALSE(finds(raise_amidst));
  EXPECT_TRUE(is_work());
  EXPECT_TRUE(finds([] { give(take(100)); }));
  EXPECT_FALSE(is_work());
  EXPECT_FALSE(finds([] { give(take(100)); })) << "once";
}

TEST_F(ChecksTest, WhereEachAllocationIsLookedAtASignalLeavesItSo) {
  settings.options.check_on_signal = true;
  settings.options.break_on_allocation = 1;
  set_up_checks();
  EXPECT_TRUE(finds([] { std::raise(SIGUSR2); }));
  EXPECT_TRUE(is_work());
}

TEST_F(ChecksTest, WhatOptionsLookAtEachAllocation) {
  const auto with = [](auto& option, auto value) {
    const auto before = std::exchange(option, value);
    set_up_checks();
    const bool work = is_work();
    option = before;
    return work;
  };
  EXPECT_TRUE(with(settings.options.guard_all, true));
  EXPECT_TRUE(with(settings.options.check_interval, 1'000'000));
  EXPECT_TRUE(with(settings.options.break_on_allocation, 1'000'000'000));
  EXPECT_FALSE(with(settings.options.check_on_signal, false));
  const Changed<bool> aside(settings.aside, true);
  EXPECT_FALSE(with(settings.options.guard_all, true));
  work_after_allocation = false;
}

TEST_F(ChecksTest, ADebuggerBreaksAtTheAllocationThatHasTheNumber) {
  take(10);
  const std::uint64_t next = thread_slot.state->numbers.next;
  settings.options.break_on_allocation = static_cast<std::int64_t>(next + 1);
  set_up_checks();
  take(10);
  EXPECT_EQ(reached.first, nullptr);
  const std::uint8_t* const block = take(10);
  EXPECT_EQ(reached.first, block);
  EXPECT_EQ(reached.second, next + 1);
  reached = {};
  take(10);
  EXPECT_EQ(reached.first, nullptr);
}

TEST_F(ChecksTest, AnInheritedBlockIsLookedAtInAnyCaseOnRequest) {
  blocks_[0][24] ^= 1;
  EXPECT_EQ(check_heap(core::Moment::kCheck, here()).fresh, 1U);
  EXPECT_EQ(faults().at(0).call, "heap check");
  EXPECT_EQ(check_heap(core::Moment::kExit, here()).fresh, 0U);
  EXPECT_EQ(check_heap(core::Moment::kExit, here()).known, 1U);
  EXPECT_EQ(check_heap(core::Moment::kExit, here()).all(), 1U);
  blocks_[0][24] ^= 1;
}

TEST_F(ChecksTest, TheCheckIsNamedAfterItsMoment) {
  for (const auto& [moment, name] : {std::pair{core::Moment::kCheck, "heap check"},
                                     {core::Moment::kExit, "exit check"},
                                     {core::Moment::kEnd, "last check"}}) {
    std::uint8_t* const block = take(24);
    block[24] ^= 1;
    EXPECT_EQ(check_heap(moment, here()).fresh, 1U);
    EXPECT_EQ(faults().at(0).call, name);
    block[24] ^= 1;
    give(block);
  }
}

// Not at its end either, unless that is asked for.
TEST_F(ChecksTest, AChildLeavesToItsParentWhatItHasInherited) {
  blocks_[0][24] ^= 1;
  expect_in_child([&] { EXPECT_EQ(check_heap(core::Moment::kCheck, here()).fresh, 1U); });
  expect_in_child([&] { EXPECT_EQ(check_heap(core::Moment::kExit, here()).fresh, 0U); });
  expect_in_child([&] {
    take(24)[24] ^= 1;
    EXPECT_EQ(check_heap(core::Moment::kExit, here()).fresh, 1U) << "its own";
  });
  expect_in_child([&] {
    settings.check_inherited_at_exit = true;
    EXPECT_EQ(check_heap(core::Moment::kExit, here()).fresh, 1U);
  });
  blocks_[0][24] ^= 1;
}

// Pieces of blocks that their allocator has taken back.
TEST_F(ChecksTest, PoisonedPiecesAreCheckedToo) {
  expect_in_child([&] {
    std::uint8_t* const pool = take(1000);
    poison_memory(pool + 100, 200, Fill::kFill, here());
    pool[150] ^= 1;
    EXPECT_EQ(check_heap(core::Moment::kCheck, here()).fresh, 1U);
    const NotedFault fault = faults().at(0);
    EXPECT_EQ(fault.kind, "use-after-poison");
    EXPECT_EQ(fault.call, "heap check");
    EXPECT_EQ(fault.offset, 150);
    EXPECT_EQ(check_heap(core::Moment::kCheck, here()).all(), 0U);
    pool[150] ^= 1;
    give(pool);
    EXPECT_EQ(kinds(), Kinds{"use-after-poison"}) << "before it is freed";
    std::uint8_t* const other = take(1000);
    poison_memory(other + 100, 200, Fill::kFill, here());
    other[150] ^= 1;
    give(reallocate(other, 5000, here()));
    EXPECT_EQ(kinds(), Kinds{"use-after-poison"}) << "before it is resized";
  });
}

// What a check that could look at everything shows to be sound is written down.
TEST_F(ChecksTest, ACheckOfAllIsRemembered) {
  give(take(10));
  const std::uint64_t latest = number_source.latest(thread_slot.state->numbers);
  check_heap(core::Moment::kCheck, here());
  EXPECT_GE(number_source.last_checked(), latest);
  const std::uint64_t before = number_source.last_checked();
  give(take(10));
  {
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_EQ(check_heap(core::Moment::kCheck, here()).all(), 0U);
  }
  EXPECT_EQ(number_source.last_checked(), before);
}

}  // namespace
}  // namespace padlock::runtime::checks_checks
