// The threads that a world knows, their gates, and one that does not come out; a world of the test's own. And
// the pool of their states.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "base/arith.h"
#include "os/memory.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/entry.h"
#include "runtime/threads/door.h"
#include "runtime/threads/thread_state.h"
#include "runtime/threads/world.h"

namespace padlock::runtime::world_list_checks {
namespace {

// Zeroed, as they come from the system, but for what a world does not look at.
class States {
 public:
  explicit States(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) memory_.push_back(std::make_unique<Memory>());
  }
  ThreadState& operator[](std::size_t i) { return *reinterpret_cast<ThreadState*>(memory_[i]->bytes); }

 private:
  struct Memory {
    alignas(ThreadState) std::byte bytes[sizeof(ThreadState)] = {};
  };
  std::vector<std::unique_ptr<Memory>> memory_;
};

std::vector<const ThreadState*> known_to(World& world) {
  std::vector<const ThreadState*> known;
  world.for_each([&](const ThreadState& state) { known.push_back(&state); });
  return known;
}

using Known = std::vector<const ThreadState*>;

TEST(WorldList, KnowsThoseThatHaveJoinedAndNotLeft) {
  World world;
  States states(4);
  EXPECT_EQ(world.size(), 0U);
  for (std::size_t i = 0; i < 4; ++i) {
    world.join(states[i]);
    EXPECT_EQ(world.size(), i + 1);
    EXPECT_EQ(states[i].slot, &thread_slot);
  }
  EXPECT_EQ(known_to(world), (Known{&states[3], &states[2], &states[1], &states[0]}));
  world.leave(states[2]);
  EXPECT_EQ(known_to(world), (Known{&states[3], &states[1], &states[0]}));
  world.leave(states[2]);
  EXPECT_EQ(world.size(), 3U);
  world.leave(states[0]);
  world.leave(states[3]);
  EXPECT_EQ(known_to(world), (Known{&states[1]}));
  world.leave(states[1]);
  EXPECT_EQ(known_to(world), Known{});
  EXPECT_EQ(world.size(), 0U);
}

TEST(WorldList, ThatWasOverwrittenIsFollowedNoFurtherThanThereAreThreads) {
  World world;
  States states(4);
  for (std::size_t i = 0; i < 3; ++i) world.join(states[i]);
  states[0].next_in_world = &states[2];
  EXPECT_EQ(known_to(world).size(), 4U);
  world.leave(states[3]);  // is not there
  EXPECT_EQ(world.size(), 3U);
}

TEST(WorldList, InAChildOnlyTheCallerIsLeft) {
  World world;
  States states(3);
  for (std::size_t i = 0; i < 3; ++i) world.join(states[i]);
  thread_slot.gate_closed = true;
  world.only_survivor(&states[1], true);
  EXPECT_EQ(known_to(world), (Known{&states[1]}));
  EXPECT_FALSE(thread_slot.gate_closed);
  EXPECT_TRUE(world.stop());
  world.resume();
  world.only_survivor(nullptr, true);
  EXPECT_EQ(known_to(world), Known{});
  EXPECT_EQ(world.size(), 0U);
  EXPECT_TRUE(world.stop());
  world.resume();
  world.only_survivor(&states[1], false);
  EXPECT_FALSE(world.stop());
}

TEST(WorldList, OfAThreadWhoseEndNobodySeesItCannotBeStopped) {
  World world;
  States states(1);
  world.join(states[0]);
  world.join_for_ever();
  EXPECT_FALSE(world.stop());
  EXPECT_FALSE(world.stop(true));
  world.join_for_ever();  // the lock is free
}

// One that is inside until it is told to leave, whatever its gate says.
class Stubborn {
 public:
  Stubborn() : thread_([this] { run(); }) {
    while (slot_ == nullptr) std::this_thread::yield();
  }
  ~Stubborn() {
    leaves_ = true;
    thread_.join();
  }
  Stubborn(const Stubborn&) = delete;
  Stubborn& operator=(const Stubborn&) = delete;
  ThreadSlot* slot() { return slot_; }
  void leave_when_closed() { leaves_when_closed_ = true; }

 private:
  void run() {
    EXPECT_TRUE(Door::step_inside());
    slot_ = &thread_slot;
    while (!leaves_ && !(leaves_when_closed_ && thread_slot.gate_closed))
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    Door::step_outside();
    while (!leaves_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  std::atomic<ThreadSlot*> slot_{nullptr};
  std::atomic<bool> leaves_{false};
  std::atomic<bool> leaves_when_closed_{false};
  std::thread thread_;
};

TEST(WorldList, AThreadThatDoesNotComeOutIsNotWaitedForForEver) {
  World world;
  States states(2);
  Stubborn stubborn;
  world.join(states[0]);
  world.join(states[1]);
  states[1].slot = stubborn.slot();
  EXPECT_FALSE(world.others_are_at_rest());
  EXPECT_FALSE(world.stop());
  EXPECT_FALSE(stubborn.slot()->gate_closed);
  // Nothing is held: all of it goes on.
  world.leave(states[0]);
  world.join(states[0]);
  stubborn.leave_when_closed();
  ASSERT_TRUE(world.stop());
  EXPECT_TRUE(stubborn.slot()->gate_closed);
  EXPECT_FALSE(thread_slot.gate_closed);
  EXPECT_TRUE(world.others_are_at_rest());
  world.resume();
  EXPECT_FALSE(stubborn.slot()->gate_closed);
  world.leave(states[1]);
}

// They rest in between for as long as they took, which is not long: with seconds of rest this would not end.
TEST(WorldList, StopsBesideABusyThreadFollowEachOther) {
  std::atomic<bool> over{false};
  std::atomic<unsigned> entered{0};
  std::thread busy([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    while (!over) {
      const Entry entry(from, core::Call::kNone);
      ++entered;
    }
  });
  while (entered == 0) std::this_thread::yield();
  for (int i = 0; i < 60; ++i) {
    const StoppedWorld world;
    EXPECT_TRUE(world.stopped());
    std::this_thread::sleep_for(std::chrono::milliseconds{1});  // so that there is something to rest from
  }
  over = true;
  busy.join();
}

// How many of the pages of a state are in memory.
std::size_t resident_pages(ThreadState* state, std::size_t size) {
  std::vector<unsigned char> pages(size / os::page_size());
  EXPECT_EQ(mincore(state, size, pages.data()), 0);
  return static_cast<std::size_t>(
      std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
}

TEST(ThreadStatePool, KeepsAFewWholeAndOfTheOthersAPage) {
  constexpr std::size_t kMore = ThreadStatePool::kKeptWhole + 3;
  ThreadStatePool pool;
  pool.set_up(core::Keys::derive(5), 64 * 1024, true);
  const std::size_t size = pool.mapped_size();
  EXPECT_EQ(size % os::page_size(), 0U);
  std::vector<ThreadState*> states;
  for (std::size_t i = 0; i < kMore; ++i) {
    states.push_back(pool.take());
    ASSERT_NE(states.back(), nullptr);
    // All behind the state itself is slots.
    auto* const bytes = reinterpret_cast<unsigned char*>(states.back());
    for (std::size_t at = align_up(sizeof(ThreadState), os::page_size()); at < size; at += os::page_size()) {
      bytes[at] = 1;
    }
    EXPECT_GT(resident_pages(states.back(), size), 4U);
  }
  for (ThreadState* const state : states) pool.give_back(state);
  for (std::size_t i = 0; i < kMore; ++i) {
    EXPECT_EQ(resident_pages(states[i], size) > 4, i < ThreadStatePool::kKeptWhole) << i;
    if (i >= ThreadStatePool::kKeptWhole) {
      EXPECT_LE(resident_pages(states[i], size), 1U);
    }
  }
  // Those that are whole come first, the latest of them at once.
  for (std::size_t i = ThreadStatePool::kKeptWhole; i != 0; --i) EXPECT_EQ(pool.take(), states[i - 1]);
  std::vector<ThreadState*> others;
  for (std::size_t i = ThreadStatePool::kKeptWhole; i != kMore; ++i) others.push_back(pool.take());
  EXPECT_TRUE(std::is_permutation(others.begin(), others.end(), states.end() - 3));
  pool.forget_unused();
}

}  // namespace
}  // namespace padlock::runtime::world_list_checks
