// Everybody waits at the allocator's door while the world is stopped. And what a thread is to Padlock: its
// slot, the door, the gate that it waits at, its stack and its state; and which process's memory it works on.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/arith.h"
#include "os/mapped_range.h"
#include "os/thread.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/entry.h"
#include "runtime/memory/arena.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/page_hit.h"
#include "runtime/threads/door.h"
#include "runtime/threads/gate.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/thread_life.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_stack.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime::world_checks {
namespace {

// A thread that has made no call yet, in a process that has: so the ends of threads are watched.
template <typename Do>
void in_a_thread(Do action) {
  const trace::FrameState from = PADLOCK_CALLER_STATE();
  release(allocate({1}, from), {}, from);
  std::thread(action).join();
}

TEST(ThreadSlot, SaysWhetherAThreadIsInsideAndWhatElseItDoes) {
  in_a_thread([] {
    EXPECT_TRUE(thread_slot.is_idle());
    EXPECT_FALSE(thread_slot.is_inside());
    EXPECT_FALSE(thread_slot.is_working());
    thread_slot.set_activity(Activity::kReporting);
    EXPECT_FALSE(thread_slot.is_idle());
    EXPECT_FALSE(thread_slot.is_inside());
    EXPECT_FALSE(thread_slot.is_working());
    thread_slot.set_activity(Activity::kNothing);
    EXPECT_TRUE(thread_slot.is_idle());
    ASSERT_TRUE(Door::step_inside());
    EXPECT_FALSE(thread_slot.is_idle());
    EXPECT_TRUE(thread_slot.is_inside());
    EXPECT_TRUE(thread_slot.is_working());
    {
      const ActivityScope reporting(Activity::kReporting);
      EXPECT_TRUE(thread_slot.is_inside()) << "an activity leaves it inside";
      EXPECT_FALSE(thread_slot.is_working());
    }
    EXPECT_TRUE(thread_slot.is_working());
    Door::step_outside();
    EXPECT_TRUE(thread_slot.is_idle());
  });
}

TEST(ThreadSlot, OnlyAnIdleThreadAsks) {
  in_a_thread([] {
    {
      const Asking asking;
      EXPECT_FALSE(thread_slot.is_idle());
      EXPECT_FALSE(thread_slot.is_inside());
      const Asking again;
    }
    EXPECT_TRUE(thread_slot.is_idle());
    ASSERT_TRUE(Door::step_inside());
    {
      const Asking asking;
      EXPECT_TRUE(thread_slot.is_working());
    }
    EXPECT_TRUE(thread_slot.is_working());
    Door::step_outside();
  });
}

TEST(Door, LetsNobodyInAtAClosedGate) {
  in_a_thread([] {
    thread_slot.gate_closed = true;
    EXPECT_FALSE(Door::step_inside());
    EXPECT_TRUE(thread_slot.is_idle());
    thread_slot.gate_closed = false;
    EXPECT_TRUE(Door::step_inside());
    Door::step_outside();
  });
}

TEST(Door, IsNearForAnIdleThreadWithAState) {
  in_a_thread([] {
    EXPECT_FALSE(Door::is_near());
    bool borrowed = true;
    ASSERT_NE(obtain_state(borrowed), nullptr);
    EXPECT_TRUE(Door::is_near());
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_FALSE(Door::is_near());
  });
}

TEST(Door, IsEnteredOnce) {
  in_a_thread([] {
    {
      const Inside inside;
      EXPECT_TRUE(inside.granted());
      EXPECT_TRUE(thread_slot.is_working());
      {
        const Inside handler;
        EXPECT_FALSE(handler.granted());
      }
      EXPECT_TRUE(thread_slot.is_working());
    }
    EXPECT_TRUE(thread_slot.is_idle());
    const ActivityScope reporting(Activity::kReporting);
    const Inside refused;
    EXPECT_FALSE(refused.granted());
    EXPECT_FALSE(thread_slot.is_inside());
  });
}

TEST(Door, OfAThreadThatGoesOutForAWhileIsPassedAgain) {
  in_a_thread([] {
    ASSERT_TRUE(Door::step_inside());
    {
      const Outside outside(Activity::kCapturing);
      EXPECT_FALSE(thread_slot.is_inside());
      EXPECT_FALSE(thread_slot.is_idle());
    }
    EXPECT_TRUE(thread_slot.is_working());
    {
      const OutsideUntilLocked outside;
      EXPECT_FALSE(thread_slot.is_inside());
      EXPECT_FALSE(thread_slot.is_idle());
      thread_slot.gate_closed = true;
    }
    EXPECT_TRUE(thread_slot.is_working()) << "with the world's lock nobody is waited for";
    thread_slot.gate_closed = false;
    Door::step_outside();
  });
}

// One that was not inside need not wait.
TEST(Door, ThatIsClosedInTheMeantimeIsWaitedAt) {
  in_a_thread([] {
    thread_slot.gate_closed = true;
    { const Outside outside(Activity::kCapturing); }
    EXPECT_TRUE(thread_slot.is_idle());
    thread_slot.gate_closed = false;
  });
  std::atomic<ThreadSlot*> slot{nullptr};
  std::atomic<bool> back{false};
  std::thread waiter([&] {
    ASSERT_TRUE(Door::step_inside());
    {
      const Outside outside(Activity::kCapturing);
      thread_slot.gate_closed = true;
      slot = &thread_slot;
    }
    EXPECT_TRUE(thread_slot.is_working());
    back = true;
    Door::step_outside();
  });
  while (slot == nullptr) std::this_thread::yield();
  while (!gates.has_waiting()) std::this_thread::yield();
  EXPECT_FALSE(back);
  EXPECT_FALSE(slot.load()->is_inside());
  EXPECT_FALSE(slot.load()->is_idle());
  slot.load()->gate_closed = false;
  gates.wake();
  waiter.join();
  EXPECT_FALSE(gates.has_waiting());
}

TEST(ThreadStack, HoldsTheThreadsFramesUpToItsDescriptor) {
  in_a_thread([] {
    const AddressRange stack = current_stack();
    const std::uintptr_t here = address_of(__builtin_frame_address(0));
    EXPECT_TRUE(stack.contains(here));
    EXPECT_EQ(stack.begin, os::mapped_range(here).begin);
    EXPECT_EQ(stack.end, address_of(__builtin_thread_pointer()));
  });
}

// The test's own thread is the process's first.
TEST(ThreadStack, OfTheFirstThreadIsTheProcesss) {
  ASSERT_EQ(os::thread_id(), os::process_id());
  const AddressRange stack = current_stack();
  EXPECT_EQ(stack.begin, os::stack_bounds().begin);
  EXPECT_EQ(stack.end, os::stack_bounds().end);
  EXPECT_TRUE(stack.contains(address_of(__builtin_frame_address(0))));
}

TEST(ThreadLife, AStateIsMadeOnceAndSaysWhoTheThreadIs) {
  in_a_thread([] {
    const std::size_t before = world.size();
    bool borrowed = true;
    ThreadState* const state = obtain_state(borrowed);
    ASSERT_NE(state, nullptr);
    EXPECT_FALSE(borrowed);
    EXPECT_EQ(thread_slot.state, state);
    EXPECT_EQ(state->slot, &thread_slot);
    EXPECT_EQ(world.size(), before + 1);
    EXPECT_NE(state->index, 0U);
    EXPECT_EQ(thread_slot.index, state->index);
    EXPECT_EQ(thread_registry.describe(state->index).system_id, os::thread_id());
    EXPECT_EQ(state->stack.begin, current_stack().begin);
    EXPECT_EQ(state->stack.end, current_stack().end);
    EXPECT_EQ(thread_registry.stack_of(os::thread_id()).end, state->stack.end);
    EXPECT_FALSE(state->starting);
    ASSERT_NE(state->arena, nullptr);
    EXPECT_GE(state->arena->threads(), 1U);
    EXPECT_TRUE(thread_slot.is_idle());
    borrowed = true;
    EXPECT_EQ(obtain_state(borrowed), state);
    EXPECT_FALSE(borrowed);
    EXPECT_EQ(world.size(), before + 1);
  });
}

// A few calls may come after a thread's own end.
TEST(ThreadLife, AThreadThatHasDepartedBorrowsAState) {
  in_a_thread([] {
    bool borrowed = false;
    ThreadState* const own = obtain_state(borrowed);
    ASSERT_NE(own, nullptr);
    const std::size_t before = world.size();
    const std::uint32_t threads = own->arena->threads();
    thread_slot.departed = true;
    ThreadState* const other = obtain_state(borrowed);
    ASSERT_NE(other, nullptr);
    EXPECT_TRUE(borrowed);
    EXPECT_NE(other, own);
    EXPECT_EQ(other->index, thread_slot.index);
    EXPECT_NE(other->arena, nullptr);
    EXPECT_EQ(world.size(), before);
    EXPECT_EQ(own->arena->threads(), threads) << "is counted nowhere";
    EXPECT_TRUE(thread_slot.is_idle());
    return_state(other);
    EXPECT_TRUE(thread_slot.is_idle());
    EXPECT_EQ(obtain_state(borrowed), other) << "the pool gives the latest";
    return_state(other);
    thread_slot.departed = false;
  });
}

// Of another thread's stack nothing is left, nor of its faults.
TEST(ThreadStatePool, AStateBeginsAnew) {
  ThreadStatePool pool;
  pool.set_up(core::Keys::derive(5), 64 * 1024, true);
  ThreadState* const state = pool.take();
  ASSERT_NE(state, nullptr);
  state->stack = {1, 2};
  state->starting = true;
  state->numbers = {3, 9};
  state->faults.on_fault({});
  pool.give_back(state);
  ASSERT_EQ(pool.take(), state);
  EXPECT_EQ(state->stack.begin, 0U);
  EXPECT_EQ(state->stack.end, 0U);
  EXPECT_FALSE(state->starting);
  EXPECT_TRUE(state->faults.empty());
  EXPECT_EQ(state->numbers.next, 3U) << "the rest of its share is not lost";
}

// By a thread that is gone.
void hold_for_good(os::Lock& lock) PADLOCK_UNCHECKED_LOCKING { lock.lock(); }

TEST(ThreadStatePool, WhatIsForgottenInAChildIsNotGivenAgain) {
  ThreadStatePool pool;
  pool.set_up(core::Keys::derive(5), 64 * 1024, true);
  ThreadState* const state = pool.take();
  pool.give_back(state);
  hold_for_good(pool.lock());
  pool.forget_unused();
  EXPECT_NE(pool.take(), state);
}

// The smallest blocks of a quarantine of that size have a slot each.
TEST(ThreadStatePool, AStateHasRoomForItsSlots) {
  for (const std::size_t quarantine : {std::size_t{0}, std::size_t{48} * 1000, std::size_t{48} * 100'000}) {
    ThreadStatePool pool;
    pool.set_up(core::Keys::derive(5), quarantine, true);
    const std::size_t slots = quarantine / 48 + 1 + core::ReadyBlocks::slots_needed();
    EXPECT_EQ(pool.mapped_size(),
              align_up(sizeof(ThreadState) + slots * sizeof(core::BlockSlot), os::page_size()));
  }
}

// In a child in which no fork handlers have run.
template <typename Do>
int status_of_child(Do action) {
  const auto child = static_cast<pid_t>(syscall(SYS_fork));
  if (child == 0) {
    action();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST(OwnMemory, IsTheChildsOnceItSaysSo) {
  note_own_memory();
  EXPECT_TRUE(memory_is_own());
  EXPECT_FALSE(memory_is_forked());
  EXPECT_EQ(memory_owner(), os::process_id());
  const auto child = [] {
    EXPECT_FALSE(memory_is_own());
    EXPECT_FALSE(memory_is_forked());
    note_own_memory();
    EXPECT_TRUE(memory_is_own());
    EXPECT_TRUE(memory_is_forked());
    EXPECT_EQ(memory_owner(), getpid());
  };
  EXPECT_EQ(status_of_child(child), 0);
}

TEST(NewProcess, HasLostBlocksOnlyIfThatWasNoted) {
  EXPECT_FALSE(has_lost_blocks());
  const auto child = [] {
    note_lost_blocks();
    EXPECT_TRUE(has_lost_blocks());
  };
  EXPECT_EQ(status_of_child(child), 0);
}

TEST(PageHit, IsBeforeInOrBehindTheBlocksPages) {
  core::BlockSnapshot block;
  block.user = 0x2010;
  const AddressRange pages{0x2000, 0x4000};
  using Zone = PageHit::Zone;
  const auto zone = [&](std::uintptr_t address) { return page_hit(address, block, true, pages).zone; };
  EXPECT_EQ(zone(0x1fff), Zone::kFrontGuard);
  EXPECT_EQ(zone(0x2000), Zone::kNone);
  EXPECT_EQ(zone(0x3fff), Zone::kNone);
  EXPECT_EQ(zone(0x4000), Zone::kBackGuard);
  for (const std::uintptr_t address : {0x1fffU, 0x2000U, 0x4000U}) {
    const PageHit hit = page_hit(address, block, false, pages);
    EXPECT_EQ(hit.zone, Zone::kFreed);
    EXPECT_FALSE(hit.is_guard());
  }
  const PageHit front = page_hit(0x1fff, block, true, pages);
  EXPECT_TRUE(front.is_guard());
  EXPECT_EQ(front.block.user, block.user);
  EXPECT_EQ(front.pages.begin, pages.begin);
  EXPECT_EQ(front.pages.end, pages.end);
  EXPECT_TRUE(page_hit(0x4000, block, true, pages).is_guard());
  EXPECT_FALSE(page_hit(0x2000, block, true, pages).is_guard());
}

constexpr std::chrono::milliseconds kAWhile{50};

TEST(World, StopsWhenTheLastOneIsOut) {
  std::atomic<bool> inside{false};
  std::atomic<bool> left{false};
  std::thread other([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    const Entry entry(from, core::Call::kNone);
    inside = true;
    while (!thread_slot.gate_closed) std::this_thread::yield();
    left = true;
  });
  while (!inside) std::this_thread::yield();
  {
    const StoppedWorld world;
    EXPECT_TRUE(world.stopped());
    EXPECT_TRUE(left);
  }
  other.join();
}

// A cache that is drained while the world is stopped must not be drained by its own thread at the same time.
TEST(World, AThreadThatEndsWaits) {
  std::atomic<ThreadState*> state{nullptr};
  std::atomic<bool> may_end{false};
  std::thread other([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    release(allocate({1}, from), {}, from);
    state = thread_slot.state;
    while (!may_end) std::this_thread::yield();
  });
  while (state == nullptr) std::this_thread::yield();
  {
    const StoppedWorld world;
    ASSERT_TRUE(world.stopped());
    const core::BlockCache& cache = state.load()->cache;
    EXPECT_EQ(cache.quarantined_blocks(), 1U);
    may_end = true;
    std::this_thread::sleep_for(kAWhile);
    EXPECT_EQ(cache.quarantined_blocks(), 1U);
  }
  other.join();
}

TEST(World, NobodyComesInWhileItIsStopped) {
  std::atomic<unsigned> entered{0};
  std::atomic<bool> over{false};
  std::thread other([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    while (!over) {
      const Entry entry(from, core::Call::kNone);
      ++entered;
    }
  });
  const auto wait_until_past = [&](unsigned count) {
    while (entered <= count) std::this_thread::yield();
  };
  wait_until_past(0);
  {
    const StoppedWorld world;
    EXPECT_TRUE(world.stopped());
    const unsigned before = entered;
    std::this_thread::sleep_for(kAWhile);
    EXPECT_EQ(entered, before);
  }
  wait_until_past(entered);
  over = true;
  other.join();
}

}  // namespace
}  // namespace padlock::runtime::world_checks
