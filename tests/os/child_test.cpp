// The unnoticed child: how it ends, and that the program sees nothing of it.
#include "os/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "os/clock.h"
#include "os/memory.h"
#include "os/raw_io.h"

namespace padlock::os {
namespace {

constexpr int kPatienceMs = 60'000;

volatile std::sig_atomic_t g_noticed = 0;

template <typename Body>
ChildEnd run_child(Body body, int timeout_ms = kPatienceMs) {
  const std::int32_t child = fork_unnoticed();
  if (child == 0) {
    body();
    exit_now(0);
  }
  EXPECT_GT(child, 0);
  return wait_or_kill(child, timeout_ms);
}

TEST(Child, EndsAreTold) {
  EXPECT_EQ(run_child([] {}), ChildEnd::kExited);
  EXPECT_EQ(run_child([] { exit_now(3); }), ChildEnd::kFailed);
  EXPECT_EQ(run_child([] { __builtin_trap(); }), ChildEnd::kFailed);
}

TEST(Child, AHangingOneIsKilledAndReaped) {
  const auto hang = [] {
    for (;;) sleep_ms(1000);
  };
  EXPECT_EQ(run_child(hang, 20), ChildEnd::kTimedOut);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

// As under a debugger, by ^Z, on a suspended machine: waiter and child stand still together.
TEST(Child, StandingStillIsNoWaiting) {
  constexpr int kTimeoutMs = 500;
  auto* const child = static_cast<volatile std::int32_t*>(map_shared(page_size()));
  ASSERT_NE(child, nullptr);
  const pid_t waiter = fork();
  if (waiter == 0) {
    const std::int32_t forked = fork_unnoticed();
    if (forked == 0) {
      sleep_ms(kTimeoutMs / 5);
      exit_now(0);
    }
    *child = forked;
    exit_now(wait_or_kill(forked, kTimeoutMs) == ChildEnd::kExited ? 0 : 1);
  }
  while (*child == 0) sleep_ms(1);
  for (const pid_t process : {waiter, pid_t{*child}}) kill(process, SIGSTOP);
  sleep_ms(2 * kTimeoutMs);
  kill(waiter, SIGCONT);
  sleep_ms(kTimeoutMs / 10);
  kill(*child, SIGCONT);
  int status = 0;
  ASSERT_EQ(waitpid(waiter, &status, 0), waiter);
  EXPECT_EQ(status, 0);
}

TEST(Child, TheProgramNoticesNothing) {
  std::signal(SIGCHLD, [](int) { g_noticed = 1; });
  const std::int32_t child = fork_unnoticed();
  if (child == 0) exit_now(0);
  EXPECT_EQ(waitpid(-1, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(wait_or_kill(child, kPatienceMs), ChildEnd::kExited);
  EXPECT_EQ(g_noticed, 0);
  std::signal(SIGCHLD, SIG_DFL);
}

TEST(Child, WorksWhereTheProgramIgnoresItsChildren) {
  std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run_child([] {}), ChildEnd::kExited);
  std::signal(SIGCHLD, SIG_DFL);
}

TEST(Child, HasNoneOfTheProgramsHandlersAndNoMask) {
  std::signal(SIGSEGV, [](int) { exit_now(0); });
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  EXPECT_EQ(run_child([] { kill(getpid(), SIGSEGV); }), ChildEnd::kFailed);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGSEGV, SIG_DFL);
}

TEST(Child, LeavesTheParentsMaskAsItWas) {
  sigset_t usr1;
  sigset_t before;
  sigset_t after;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_SETMASK, &usr1, &before);
  run_child([] {});
  sigprocmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(sigismember(&after, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&after, SIGUSR2), 0);
}

}  // namespace
}  // namespace padlock::os
