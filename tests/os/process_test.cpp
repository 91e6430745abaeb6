// The process's surroundings, entropy and clock.
#include "os/process.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>
#include <string>

#include "os/clock.h"
#include "os/entropy.h"
#include "os/start_data.h"

namespace padlock::os {
namespace {

TEST(Process, IsNotSecureExecution) { EXPECT_FALSE(is_secure_execution()); }

TEST(Process, ReadsTheEnvironment) {
  ASSERT_EQ(setenv("PADLOCK_TEST_VARIABLE", "value=1", 1), 0);
  EXPECT_STREQ(environment("PADLOCK_TEST_VARIABLE"), "value=1");
  EXPECT_EQ(environment("PADLOCK_TEST_VARIABL"), nullptr);
  ASSERT_EQ(setenv("PADLOCK_TEST_VARIABLE", "", 1), 0);
  EXPECT_STREQ(environment("PADLOCK_TEST_VARIABLE"), "");
}

TEST(Process, FindsTheEnvironmentBeforeLibcDoes) {
  char** const kept = environ;
  const std::string path = environment("PATH");
  environ = nullptr;
  const char* found = environment("PATH");
  environ = kept;
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found, path);
}

TEST(Process, KnowsItsExecutable) {
  char expected[PATH_MAX] = {};
  ASSERT_GT(readlink("/proc/self/exe", expected, sizeof expected - 1), 0);
  char path[PATH_MAX];
  executable_path(path, sizeof path);
  EXPECT_STREQ(path, expected);
  executable_path(path, 5);
  EXPECT_EQ(std::string(path), std::string(expected, 4));
}

TEST(Process, KnowsTheLoader) {
  void* in_loader = dlsym(RTLD_DEFAULT, "_dl_mcount");
  ASSERT_NE(in_loader, nullptr);
  const AddressRange loader = loader_range();
  EXPECT_TRUE(loader.contains(reinterpret_cast<std::uintptr_t>(in_loader)));
  EXPECT_FALSE(loader.contains(reinterpret_cast<std::uintptr_t>(&dlsym)));
  EXPECT_FALSE(loader.contains(reinterpret_cast<std::uintptr_t>(&loader_range)));
  EXPECT_FALSE(loader_is_changing_modules());
}

TEST(Entropy, DoesNotRepeat) {
  std::set<std::uint64_t> drawn;
  errno = 77;
  for (int i = 0; i < 1000; ++i) drawn.insert(entropy());
  EXPECT_EQ(drawn.size(), 1000U);
  EXPECT_EQ(errno, 77);
}

TEST(Clock, GoesForwardOverASleep) {
  const std::int64_t before = monotonic_ms();
  sleep_ms(3);
  EXPECT_GT(monotonic_ms(), before);
}

}  // namespace
}  // namespace padlock::os
