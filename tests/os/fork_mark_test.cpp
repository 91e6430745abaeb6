// The mark is gone in every child with memory of its own, and only there.
#include "os/fork_mark.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace padlock::os {
namespace {

int status_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(ForkMark, IsGoneInAForkedChildUntilRenewed) {
  static constinit ForkMark mark;
  mark.set_up();
  EXPECT_FALSE(mark.is_gone());
  const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (child == 0) {
    if (!mark.is_gone() || !mark.claim()) _exit(1);
    mark.renew();
    _exit(mark.is_gone() ? 2 : 0);
  }
  EXPECT_EQ(status_of(child), 0);
  EXPECT_FALSE(mark.is_gone());
}

#ifndef __SANITIZE_THREAD__  // which makes a fork of vfork
TEST(ForkMark, StaysInAChildThatSharesTheMemory) {
  static constinit ForkMark mark;
  mark.set_up();
  const pid_t child = vfork();
  if (child == 0) _exit(mark.is_gone() ? 1 : 0);
  EXPECT_EQ(status_of(child), 0);
}
#endif

// Nobody would come to renew it.
TEST(ForkMark, OneThatWasOverwrittenIsRenewedAndNotWaitedFor) {
  ForkMark mark;
  for (const std::uint32_t value : {0x41414141U, 1U, 2U, 3U, 0xFFFFFFFFU}) {
    *reinterpret_cast<std::uint32_t*>(&mark) = value;  // where the word is before set_up()
    EXPECT_TRUE(mark.is_gone());
    EXPECT_FALSE(mark.claim());
    EXPECT_FALSE(mark.is_gone());
  }
}

TEST(ForkMark, IsNeverGoneBeforeItIsSetUp) {
  static constinit ForkMark mark;
  EXPECT_FALSE(mark.is_gone());
}

}  // namespace
}  // namespace padlock::os
