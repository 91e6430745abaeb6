// Everybody waits at the allocator's door while the world is stopped.
#include "runtime/threads/world.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/calls/allocator.h"
#include "runtime/calls/entry.h"

namespace padlock::runtime {
namespace {

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
}  // namespace padlock::runtime
