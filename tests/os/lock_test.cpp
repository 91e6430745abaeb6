// The lock: exclusion, hand-over between threads, and a child's fresh start.
#include "os/lock.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

#include "os/clock.h"

namespace padlock::os {
namespace {

constinit Lock g_lock;  // usable before constructors run

TEST(Lock, IsHeldOnce) {
  const auto check = []() PADLOCK_UNCHECKED_LOCKING {
    ASSERT_TRUE(g_lock.try_lock());
    EXPECT_FALSE(g_lock.try_lock());
    g_lock.unlock();
    ASSERT_TRUE(g_lock.try_lock());
    g_lock.unlock();
  };
  check();
}

// Nobody would come to wake.
TEST(Lock, OneThatWasOverwrittenCountsAsFree) {
  const auto check = []() PADLOCK_UNCHECKED_LOCKING {
    Lock lock;
    for (const std::uint32_t value : {3U, 0x41414141U, 0xFFFFFFFFU}) {
      *reinterpret_cast<std::uint32_t*>(&lock) = value;
      lock.lock();
      EXPECT_FALSE(lock.try_lock());
      lock.unlock();
      EXPECT_TRUE(lock.try_lock());
    }
  };
  check();
}

TEST(Lock, ExcludesThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50'000;
  Lock lock;
  long counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const std::lock_guard guard(lock);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, long{kThreads} * kRounds);
}

// Holders that sleep make the others wait in the kernel: a lost wake-up would hang this test.
TEST(Lock, WakesThoseWhoWait) {
  Lock lock;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const std::lock_guard guard(lock);
        ++counter;
        sleep_ms(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 20);
}

TEST(Lock, KeepsErrno) {
  Lock lock;
  lock.lock();
  std::thread waiting([&] {
    errno = 77;
    lock.lock();
    EXPECT_EQ(errno, 77);
    lock.unlock();
  });
  sleep_ms(5);
  errno = 78;
  lock.unlock();
  EXPECT_EQ(errno, 78);
  waiting.join();
}

TEST(Lock, IsFreeAfterAFork) {
  const auto check = []() PADLOCK_UNCHECKED_LOCKING {
    Lock lock;
    lock.lock();
    lock.reset_after_fork();
    EXPECT_TRUE(lock.try_lock());
  };
  check();
}

}  // namespace
}  // namespace padlock::os
