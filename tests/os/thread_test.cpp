// Threads: ids, names and stacks.
#include "os/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace padlock::os {
namespace {

std::uintptr_t here() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

TEST(Thread, TheMainThreadsIdIsTheProcesss) {
  EXPECT_EQ(thread_id(), getpid());
  EXPECT_EQ(process_id(), getpid());
  std::thread([] {
    EXPECT_NE(thread_id(), getpid());
    EXPECT_EQ(process_id(), getpid());
  }).join();
}

TEST(Thread, NamesAreRead) {
  std::thread([] {
    pthread_setname_np(pthread_self(), "fifteen letters");
    char name[16];
    thread_name(thread_id(), name);
    EXPECT_STREQ(name, "fifteen letters");
  }).join();
  char name[16] = "x";
  thread_name(0x7fffffff, name);
  EXPECT_STREQ(name, "");
}

TEST(Thread, ItsOwnNameIsTheOneThatOthersRead) {
  for (const char* given : {"fifteen letters", "", "two\nlines", "back\\slash"}) {
    std::thread([given] {
      pthread_setname_np(pthread_self(), given);
      char own[16];
      char as_others_read[16];
      own_thread_name(own);
      thread_name(thread_id(), as_others_read);
      EXPECT_STREQ(own, as_others_read);
    }).join();
  }
}

TEST(StackBounds, OfTheMainThreadReachDownToItsLimit) {
  const AddressRange stack = stack_bounds();
  EXPECT_TRUE(stack.contains(here()));
  EXPECT_TRUE(stack.contains(reinterpret_cast<std::uintptr_t>(environ[0])));
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  const std::uintptr_t most = std::uintptr_t{128} << 20;
  EXPECT_EQ(stack.end - stack.begin, limit.rlim_cur < most ? limit.rlim_cur : most);
}

TEST(StackBounds, OfAThreadAreItsOwn) {
  const std::uintptr_t main_thread = here();
  std::thread([&] {
    const AddressRange stack = stack_bounds();
    EXPECT_TRUE(stack.contains(here()));
    EXPECT_FALSE(stack.contains(main_thread));
  }).join();
}

// The only thread of a child has the process's id but the forking thread's stack.
TEST(StackBounds, AfterAForkAreStillTheThreads) {
  int status = -1;
  std::thread([&] {
    const AddressRange before = stack_bounds();
    const pid_t child = fork();
    if (child == 0) {
      const AddressRange after = stack_bounds();
      _exit(after.begin == before.begin && after.end == before.end ? 0 : 1);
    }
    waitpid(child, &status, 0);
  }).join();
  EXPECT_EQ(status, 0);
}

TEST(AddressRange, HoldsItsFirstByteAndNotItsEnd) {
  constexpr AddressRange kRange{16, 32};
  EXPECT_FALSE(kRange.contains(15));
  EXPECT_TRUE(kRange.contains(16));
  EXPECT_TRUE(kRange.contains(31));
  EXPECT_FALSE(kRange.contains(32));
  EXPECT_FALSE(AddressRange{}.contains(0));
}

}  // namespace
}  // namespace padlock::os
