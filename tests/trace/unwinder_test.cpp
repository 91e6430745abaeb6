// The table-driven unwinder against libgcc's, frame by frame, wherever a program can stand.
#include "trace/unwinder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <ucontext.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "os/memory.h"
#include "reference.h"
#include "scenarios.h"

namespace padlock::trace {
namespace {

using trace_test::kScenarios;
using trace_test::Tally;
using trace_test::Variant;

constexpr std::size_t kFiberStack = 256 * 4096;

class UnwinderTest : public testing::TestWithParam<const Variant*> {
 protected:
  static void run_all() {
    for (int i = 0; i < kScenarios; ++i) {
      SCOPED_TRACE(GetParam()->scenarios[i].name);
      GetParam()->scenarios[i].run(trace_test::probe);
    }
  }
  // How many probes the scenarios make: qsort alone decides how often it compares.
  static constexpr int kFewestProbes = 160;
};

TEST_P(UnwinderTest, OnTheMainThread) {
  trace_test::begin_probing(os::stack_bounds());
  run_all();
  EXPECT_GT(trace_test::tally().probes, kFewestProbes);
  EXPECT_EQ(trace_test::tally().walked_by_rules, trace_test::tally().probes);
}

TEST_P(UnwinderTest, OnSeveralThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      trace_test::begin_probing(os::stack_bounds());
      run_all();
      EXPECT_GT(trace_test::tally().probes, kFewestProbes);
      EXPECT_EQ(trace_test::tally().walked_by_rules, trace_test::tally().probes);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(UnwinderTest, WhereTheStackIsNotKnown) {
  trace_test::begin_probing({});
  run_all();
  EXPECT_GT(trace_test::tally().probes, kFewestProbes);
}

void probe_on_signal(int /*signal*/) { trace_test::probe(); }
const Variant* g_handler_variant = nullptr;
void run_in_handler(int /*signal*/) { g_handler_variant->scenarios[0].run(trace_test::probe); }

void raise_with(void (*handler)(int), int flags) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(SIGUSR1, &action, &before);
  std::raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(UnwinderTest, InASignalHandler) {
  trace_test::begin_probing(os::stack_bounds());
  g_handler_variant = GetParam();
  raise_with(probe_on_signal, 0);
  raise_with(run_in_handler, 0);
  EXPECT_EQ(trace_test::tally().probes, 22);
  EXPECT_EQ(trace_test::tally().walked_by_rules, 22);
}

TEST_P(UnwinderTest, InASignalHandlerOnAnAlternateStack) {
  trace_test::begin_probing(os::stack_bounds());
  void* memory = os::map(kFiberStack, os::Protection::kReadWrite);
  stack_t alternate = {};
  alternate.ss_sp = memory;
  alternate.ss_size = kFiberStack;
  ASSERT_EQ(sigaltstack(&alternate, nullptr), 0);
  g_handler_variant = GetParam();
  raise_with(probe_on_signal, SA_ONSTACK);
  raise_with(run_in_handler, SA_ONSTACK);
  EXPECT_EQ(trace_test::tally().probes, 22);
  EXPECT_EQ(trace_test::tally().walked_by_rules, 22);
  alternate.ss_flags = SS_DISABLE;
  sigaltstack(&alternate, nullptr);
  os::unmap(memory, kFiberStack);
}

// Traps at its first instruction: the byte before it belongs to no function.
asm(R"(
  .text
  .fill 16, 1, 0xcc
  .type padlock_trap_at_once, @function
padlock_trap_at_once:
  .cfi_startproc
  ud2
  ret
  .cfi_endproc
)");
extern "C" void padlock_trap_at_once();

void step_over_trap(int /*signal*/, siginfo_t* /*info*/, void* context) {
  trace_test::probe();
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 2;
}

TEST(UnwinderSignalTest, InAFunctionInterruptedAtItsFirstInstruction) {
  trace_test::begin_probing(os::stack_bounds());
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_sigaction = step_over_trap;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, &before);
  padlock_trap_at_once();
  sigaction(SIGILL, &before, nullptr);
  EXPECT_EQ(trace_test::tally().probes, 1);
  EXPECT_EQ(trace_test::tally().walked_by_rules, 1);
}

ucontext_t g_main_context;
ucontext_t g_fiber_context;
void (*g_fiber_body)() = nullptr;
void enter_fiber() { g_fiber_body(); }

void run_in_fiber(void* memory, std::size_t size, void (*body)()) {
  g_fiber_body = body;
  getcontext(&g_fiber_context);
  g_fiber_context.uc_stack.ss_sp = memory;
  g_fiber_context.uc_stack.ss_size = size;
  g_fiber_context.uc_link = &g_main_context;
  makecontext(&g_fiber_context, enter_fiber, 0);
  swapcontext(&g_main_context, &g_fiber_context);
}

TEST_P(UnwinderTest, InAFiber) {
  trace_test::begin_probing(os::stack_bounds());
  void* memory = os::map(kFiberStack, os::Protection::kReadWrite);
  run_in_fiber(memory, kFiberStack, &UnwinderTest::run_all);
  EXPECT_GT(trace_test::tally().probes, kFewestProbes);
  EXPECT_EQ(trace_test::tally().walked_by_rules, trace_test::tally().probes);
  os::unmap(memory, kFiberStack);
}

TEST_P(UnwinderTest, InAFiberThatLivesOnTheThreadsOwnStack) {
  trace_test::begin_probing(os::stack_bounds());
  alignas(16) char memory[kFiberStack];
  run_in_fiber(memory, sizeof memory, &UnwinderTest::run_all);
  EXPECT_GT(trace_test::tally().probes, kFewestProbes);
}

std::string variant_name(const testing::TestParamInfo<const Variant*>& info) { return info.param->name; }

INSTANTIATE_TEST_SUITE_P(Variants, UnwinderTest,
                         testing::Values(&trace_test::kO0WithFp, &trace_test::kO0WithoutFp,
                                         &trace_test::kO2WithFp, &trace_test::kO2WithoutFp),
                         variant_name);

}  // namespace
}  // namespace padlock::trace
