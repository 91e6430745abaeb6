// Calls that go on to libc: modules that are loaded, memory that is locked, values of threads.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "heard_calls.h"
#include "os/confine.h"
#include "os/memory_locks.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/memory_locking.h"
#include "runtime/interposed/module_loading.h"
#include "runtime/interposed/thread_values.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::passed_calls_checks {
namespace {

constexpr auto kBind = static_cast<std::uintptr_t>(RTLD_DEEPBIND);

std::uintptr_t word(const char* text) { return reinterpret_cast<std::uintptr_t>(text); }

class ModuleLoading : public testing::Test {
 protected:
  ModuleLoading() {
    initialize();
    log_to(path_.c_str());
    settings.options.verbosity = 1;
  }
  ~ModuleLoading() override {
    settings.options.verbosity = 0;
    settings.options.keep_deepbind = false;
    log_to("/dev/null");
    unlink(path_.c_str());
  }
  static std::uintptr_t mode_after_dlopen(const char* file, std::uintptr_t mode) {
    PassedCall passed = {};
    passed.argument[0] = word(file);
    passed.argument[1] = mode;
    on_dlopen(passed);
    EXPECT_EQ(passed.argument[0], word(file));
    return passed.argument[1];
  }
  static std::uintptr_t mode_after_dlmopen(Lmid_t name_space, const char* file, std::uintptr_t mode) {
    PassedCall passed = {};
    passed.argument[0] = static_cast<std::uintptr_t>(name_space);
    passed.argument[1] = word(file);
    passed.argument[2] = mode;
    on_dlmopen(passed);
    EXPECT_EQ(passed.argument[0], static_cast<std::uintptr_t>(name_space));
    EXPECT_EQ(passed.argument[1], word(file));
    return passed.argument[2];
  }
  // What was said since, without the process's id.
  std::string said() {
    if (access(path_.c_str(), F_OK) != 0) return "";
    std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    EXPECT_EQ(truncate(path_.c_str(), 0), 0);
    const std::size_t at = all.find("Padlock: ");
    return at == std::string::npos ? all : all.substr(at + 9);
  }

 private:
  static void log_to(const char* path) {
    std::snprintf(settings.options.log_path.value, sizeof settings.options.log_path.value, "%s", path);
    reporter.configure(settings.options);
  }

  std::string path_ = "/tmp/padlock_modules." + std::to_string(getpid());
};

TEST_F(ModuleLoading, LosesTheFlagThatLeadsAroundPadlock) {
  const std::string note =
      "opened without RTLD_DEEPBIND, so that it uses Padlock (keep_deepbind=1 keeps the flag)\n";
  EXPECT_EQ(mode_after_dlopen("some.so", RTLD_NOW | kBind | RTLD_GLOBAL), RTLD_NOW | RTLD_GLOBAL);
  EXPECT_EQ(said(), "some.so: " + note);
  EXPECT_EQ(mode_after_dlopen(nullptr, RTLD_LAZY | kBind), static_cast<std::uintptr_t>(RTLD_LAZY));
  EXPECT_EQ(said(), "the program: " + note);
  EXPECT_EQ(mode_after_dlopen("some.so", RTLD_NOW), static_cast<std::uintptr_t>(RTLD_NOW));
  EXPECT_EQ(mode_after_dlmopen(LM_ID_BASE, "some.so", RTLD_NOW), static_cast<std::uintptr_t>(RTLD_NOW));
  EXPECT_EQ(said(), "");
  EXPECT_EQ(mode_after_dlmopen(LM_ID_BASE, "other.so", RTLD_NOW | kBind),
            static_cast<std::uintptr_t>(RTLD_NOW));
  EXPECT_EQ(said(), "other.so: " + note);
}

TEST_F(ModuleLoading, KeepsTheFlagWhereTheOptionsSaySo) {
  settings.options.keep_deepbind = true;
  EXPECT_EQ(mode_after_dlopen("some.so", RTLD_NOW | kBind), RTLD_NOW | kBind);
  EXPECT_EQ(mode_after_dlmopen(LM_ID_BASE, "some.so", RTLD_NOW | kBind), RTLD_NOW | kBind);
  EXPECT_EQ(said(), "");
}

TEST_F(ModuleLoading, WarnsOnceOfANamespaceThatIsNotGuarded) {
  EXPECT_EQ(mode_after_dlmopen(LM_ID_NEWLM, "some.so", RTLD_NOW | kBind), RTLD_NOW | kBind);
  EXPECT_EQ(said(), "some.so: opened by dlmopen() in a namespace of its own, in which nothing is guarded\n");
  EXPECT_EQ(mode_after_dlmopen(LM_ID_NEWLM, nullptr, RTLD_NOW), static_cast<std::uintptr_t>(RTLD_NOW));
  EXPECT_EQ(said(), "");
}

class MemoryLocking : public HeardCalls {
 protected:
  ~MemoryLocking() override { os::note_future_locked(false); }

  static int lock(int flags) { return lock_all_memory(flags, next, here()); }
  // In the place of libc's function.
  static int next(int flags) {
    asked_ = flags;
    noted_ = os::future_is_locked();
    return result_;
  }
  static void unlock() {
    PassedCall passed = {};
    on_munlockall_call(passed);
  }

  static inline int asked_ = 0;
  static inline bool noted_ = false;  // that later pages will be locked, when libc is called
  static inline int result_ = 0;
};

TEST_F(MemoryLocking, IsNotedBeforeItIsDone) {
  EXPECT_FALSE(os::future_is_locked());
  EXPECT_EQ(lock(MCL_FUTURE), 0);
  EXPECT_EQ(asked_, MCL_FUTURE);
  EXPECT_TRUE(noted_);
  EXPECT_TRUE(os::future_is_locked());
  EXPECT_EQ(lock(MCL_CURRENT | MCL_ONFAULT), 0);
  EXPECT_EQ(asked_, MCL_CURRENT | MCL_ONFAULT);
  EXPECT_FALSE(noted_);
  EXPECT_FALSE(os::future_is_locked());
  EXPECT_EQ(lock(MCL_CURRENT | MCL_FUTURE), 0);
  EXPECT_TRUE(os::future_is_locked());
  unlock();
  EXPECT_FALSE(os::future_is_locked());
}

TEST_F(MemoryLocking, ThatFailsLeavesAllAsItWas) {
  result_ = -1;
  EXPECT_EQ(lock(MCL_FUTURE), -1);
  EXPECT_TRUE(noted_);
  EXPECT_FALSE(os::future_is_locked());
  os::note_future_locked(true);
  EXPECT_EQ(lock(MCL_CURRENT), -1);
  EXPECT_FALSE(noted_);
  EXPECT_TRUE(os::future_is_locked());
  result_ = 0;
}

TEST_F(MemoryLocking, OfWhatIsPresentForgetsWhereHeadersWere) {
  const Tail block = tail(BlockKind::kSmall, 40);
  const auto is_known = [&] { return known_headers.show(address_of(block.begin), 40); };
  accessible_at(block.begin);
  ASSERT_TRUE(is_known());
  lock(MCL_FUTURE);
  EXPECT_TRUE(is_known());
  lock(MCL_CURRENT);
  EXPECT_FALSE(is_known());
}

// The reserve at the end of the segments goes back: what is mapped there is closed.
TEST_F(MemoryLocking, OfWhatIsPresentShedsWhatIsKeptReady) {
  const auto shed = [&] {
    const Tail block = tail(BlockKind::kSmall, 40);
    const std::size_t before = memory_budget.used();
    lock(MCL_FUTURE);
    const bool kept = memory_budget.used() == before;
    lock(MCL_CURRENT);
    _exit(kept && memory_budget.used() < before && accessible_at(block.begin) == 40 ? 0 : 1);
  };
  EXPECT_EXIT(shed(), testing::ExitedWithCode(0), "");
}

TEST_F(MemoryLocking, IsNotNotedInAConfinedProcess) {
  const auto confined = [&] {
    result_ = -7;
    os::confine();
    const int result = lock(MCL_FUTURE);
    _exit(result == -7 && asked_ == MCL_FUTURE && !noted_ && !os::future_is_locked() ? 0 : 1);
  };
  EXPECT_EXIT(confined(), testing::ExitedWithCode(0), "");
}

// Between vfork and exec the memory is the parent's.
TEST_F(MemoryLocking, OfAChildThatSharesItsParentsMemoryIsNotNoted) {
  const auto check = [](void* self) {
    result_ = -7;
    *static_cast<int*>(self) = lock(MCL_FUTURE | MCL_CURRENT);
    return 0;
  };
  int result = 0;
  alignas(16) static char stack[256 * 1024];
  const pid_t child = clone(check, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &result);
  ASSERT_GT(child, 0);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(result, -7);
  EXPECT_FALSE(noted_);
  EXPECT_FALSE(os::future_is_locked());
  os::note_future_locked(true);
  const pid_t other = clone(
      [](void*) {
        unlock();
        return 0;
      },
      stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
  ASSERT_GT(other, 0);
  EXPECT_EQ(waitpid(other, nullptr, 0), other);
  EXPECT_TRUE(os::future_is_locked());
  result_ = 0;
}

// Whether a new thread has a state after it has set that value.
bool has_state_after(std::uintptr_t value, void (*before)() = nullptr) {
  bool has = false;
  std::thread([&] {
    if (before != nullptr) before();
    PassedCall passed = {};
    passed.argument[1] = value;
    passed.pc = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    errno = 77;
    on_thread_value_call(passed);
    EXPECT_EQ(errno, 77);
    has = thread_slot.state != nullptr;
    thread_slot.departed = false;
  }).join();
  return has;
}

TEST(ThreadValues, TheFirstOneOfAThreadMakesItsState) {
  initialize();
  EXPECT_TRUE(has_state_after(1));
  EXPECT_FALSE(has_state_after(0));
}

TEST(ThreadValues, AThreadThatIsBusyOrGoneGetsNone) {
  initialize();
  EXPECT_FALSE(has_state_after(1, [] { thread_slot.departed = true; }));
  EXPECT_FALSE(has_state_after(1, [] { thread_slot.set_activity(Activity::kPrivate); }));
}

}  // namespace
}  // namespace padlock::runtime::passed_calls_checks
