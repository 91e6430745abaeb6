// The process's surroundings, entropy and clock.
#include "os/process.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "os/clock.h"
#include "os/debugger.h"
#include "os/entropy.h"
#include "os/parent.h"
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

// In a child, whose parent is this process.
TEST(Parent, IsKnownByItsEnvironmentAtItsStart) {
  ASSERT_NE(environment("PATH"), nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const bool same =
        parent_was_started_with("PATH", [](std::string_view value) { return value == environment("PATH"); });
    const bool other =
        parent_was_started_with("PATH", [](std::string_view value) { return value == "elsewhere"; });
    const bool unset = parent_was_started_with("PAT", [](std::string_view) { return true; });
    setenv("PADLOCK_TEST_LATER", "1", 1);
    const bool later = parent_was_started_with("PADLOCK_TEST_LATER", [](std::string_view) { return true; });
    _exit(same && !other && !unset && !later ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Debugger, ATracerIsSeen) {
  const bool before = is_traced();  // the test may run in a debugger
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(77);
    _exit(is_traced() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (before || (WIFEXITED(status) && WEXITSTATUS(status) == 77)) GTEST_SKIP() << "tracing is not allowed";
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(before);
}

TEST(Debugger, AddressesThatAreNotRandomRepeat) {
  const pid_t child = fork();
  if (child == 0) {
    const int former = personality(0xffffffff);
    if (former == -1 || personality(static_cast<unsigned long>(former) | ADDR_NO_RANDOMIZE) == -1) _exit(77);
    _exit(addresses_repeat() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "not allowed here";
  EXPECT_EQ(status, 0);
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
