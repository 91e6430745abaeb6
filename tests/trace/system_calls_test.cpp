// Once the memo knows a trace it takes no system call, on whatever stack the thread runs.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <thread>

#include "os/memory.h"
#include "reference.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kStack = 64 * 4096;

// Any system call but the last one kills the process from that round on: the memo has met both ways twice.
[[gnu::noinline]] void allow_nothing_but_the_end_from(int round) {
  if (round != 4) return;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program = {.len = std::size(code), .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    _exit(2);
  }
}

[[gnu::noinline]] void capture_here() {
  trace_test::capture_quietly(PADLOCK_CALLER_STATE());
  asm volatile("" ::: "memory");
}

// Over several pages, in two ways that take turns.
[[gnu::noinline]] void capture_far_down(int frames, int way) {
  volatile char filler[1500];
  filler[0] = static_cast<char>(frames);
  if (frames != 0) {
    capture_far_down(frames - 1, way);
  } else if (way == 0) {
    capture_here();
  } else {
    capture_here();
    asm volatile("nop");
  }
  filler[1] = filler[0];
}

void capture_again_and_again() {
  for (int i = 0; i < 1000; ++i) {
    allow_nothing_but_the_end_from(i);
    capture_far_down(6, i % 2);
    asm volatile("" : "+r"(i));  // one loop with one call
  }
  syscall(SYS_exit_group, 0);
}

void on_signal(int /*signal*/) { capture_again_and_again(); }

void raise_on_alternate_stack() {
  stack_t alternate = {};
  alternate.ss_sp = os::map(kStack, os::Protection::kReadWrite);
  alternate.ss_size = kStack;
  sigaltstack(&alternate, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  std::raise(SIGUSR1);
}

void run_in_fiber(void (*body)()) {
  static ucontext_t here;
  static ucontext_t fiber;
  getcontext(&fiber);
  fiber.uc_stack.ss_sp = os::map(kStack, os::Protection::kReadWrite);
  fiber.uc_stack.ss_size = kStack;
  makecontext(&fiber, body, 0);
  swapcontext(&here, &fiber);
}

class SystemCalls : public testing::Test {
 protected:
  static void expect_none(AddressRange stack, void (*run)()) {
    EXPECT_EXIT(
        {
          trace_test::begin_probing(stack);
          run();
          _exit(3);
        },
        testing::ExitedWithCode(0), "");
  }
};

TEST_F(SystemCalls, NoneOnTheMainStack) { expect_none(os::stack_bounds(), capture_again_and_again); }

TEST_F(SystemCalls, NoneOnAStackOfUnknownBounds) { expect_none({}, capture_again_and_again); }

TEST_F(SystemCalls, NoneOnAFiber) {
  expect_none(os::stack_bounds(), [] { run_in_fiber(capture_again_and_again); });
}

TEST_F(SystemCalls, NoneInASignalHandler) {
  expect_none(os::stack_bounds(), [] {
    std::signal(SIGUSR1, on_signal);
    std::raise(SIGUSR1);
  });
}

TEST_F(SystemCalls, NoneInASignalHandlerOnAnAlternateStack) {
  // From a thread, whose stack is not deep: an entry of the memo has no room for all frames of a test.
  expect_none({}, [] {
    std::thread([] {
      trace_test::begin_probing(os::stack_bounds());
      raise_on_alternate_stack();
    }).join();
  });
}

TEST_F(SystemCalls, NoneWhereASignalInterruptedAFiber) {
  expect_none(os::stack_bounds(), [] { run_in_fiber(raise_on_alternate_stack); });
}

}  // namespace
}  // namespace padlock::trace
