// Everybody waits at the allocator's door while the world is stopped.
#include "runtime/world.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/entry.h"

namespace padlock::runtime {
namespace {

constexpr std::chrono::milliseconds kAWhile{50};

TEST(World, StopsWhenTheLastOneIsOut) {
  std::atomic<bool> inside{false};
  std::thread other([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    const Entry entry(from);
    inside = true;
    std::this_thread::sleep_for(kAWhile);
    inside = false;
  });
  while (!inside) std::this_thread::yield();
  {
    const StoppedWorld world;
    EXPECT_TRUE(world.stopped());
    EXPECT_FALSE(inside);
  }
  other.join();
}

TEST(World, NobodyComesInWhileItIsStopped) {
  std::atomic<unsigned> entered{0};
  std::atomic<bool> over{false};
  std::thread other([&] {
    const trace::FrameState from = PADLOCK_CALLER_STATE();
    while (!over) {
      const Entry entry(from);
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
