// In which round of a thread's destructors its end is noticed.
#include "os/thread_end.h"

#include <gtest/gtest.h>
#include <limits.h>
#include <pthread.h>

#include <cstdint>
#include <thread>

namespace padlock::os {
namespace {

// Of the program's keys: one that is older than the watch, whose destructors come first in each round, and a
// younger one.
pthread_key_t older;
pthread_key_t younger;
thread_local int rounds_of_older;
thread_local int rounds_of_younger;
int older_at_end;
int younger_at_end;
int ends;

template <pthread_key_t& Key, int& (*Rounds)()>
void destroy(void* value) {
  if (++Rounds() < PTHREAD_DESTRUCTOR_ITERATIONS) pthread_setspecific(Key, value);
}
int& of_older() { return rounds_of_older; }
int& of_younger() { return rounds_of_younger; }

void note_end() noexcept {
  ++ends;
  older_at_end = rounds_of_older;
  younger_at_end = rounds_of_younger;
}

void live_and_end() {
  pthread_setspecific(older, &older);
  await_thread_end();
  pthread_setspecific(younger, &younger);
}

// A single test, as one process watches once.
TEST(ThreadEnd, IsNoticedInTheLastRoundOfDestructorsThatThereIs) {
#ifdef __SANITIZE_THREAD__
  constexpr int kLast = PTHREAD_DESTRUCTOR_ITERATIONS - 1;
#else
  constexpr int kLast = PTHREAD_DESTRUCTOR_ITERATIONS;
#endif
  ASSERT_EQ(pthread_key_create(&older, destroy<older, of_older>), 0);
  ASSERT_TRUE(watch_thread_ends(note_end));
  ASSERT_EQ(pthread_key_create(&younger, destroy<younger, of_younger>), 0);
  for (int threads = 1; threads <= 3; ++threads) {
    std::thread(live_and_end).join();
    EXPECT_EQ(ends, threads);  // once for each
    EXPECT_EQ(older_at_end, kLast);
    EXPECT_EQ(younger_at_end, kLast - 1);
  }
  std::thread([] {}).join();
  EXPECT_EQ(ends, 3);
}

}  // namespace
}  // namespace padlock::os
