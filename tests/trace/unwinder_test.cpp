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

// Its frame is found by another register than a stack or frame pointer: the exact unwinder alone knows it.
asm(R"(
  .text
  .type padlock_call_by_r12, @function
padlock_call_by_r12:
  .cfi_startproc
  push %r12
  .cfi_def_cfa_offset 16
  .cfi_offset %r12, -16
  lea 16(%rsp), %r12
  .cfi_def_cfa %r12, 0
  call *%rdi
  .cfi_def_cfa %rsp, 16
  pop %r12
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
)");
extern "C" void padlock_call_by_r12(void (*function)());

void probe_deep_down(int frames) {
  if (frames == 0) {
    trace_test::probe();
  } else {
    probe_deep_down(frames - 1);
  }
  asm volatile("");
}

TEST(UnwinderHardTest, BeyondAFrameThatRulesCannotExpress) {
  trace_test::begin_probing(os::stack_bounds());
  padlock_call_by_r12([] { probe_deep_down(0); });
  padlock_call_by_r12([] { probe_deep_down(20); });
  padlock_call_by_r12([] { probe_deep_down(55); });
  EXPECT_EQ(trace_test::tally().probes, 3);
  EXPECT_EQ(trace_test::tally().walked_by_rules, 0);
}

[[gnu::noinline]] void call_one_way() {
  padlock_call_by_r12(trace_test::probe);
  asm volatile("");
}
[[gnu::noinline]] void call_another_way() {
  padlock_call_by_r12(trace_test::probe);
  asm volatile("nop");
}

// What lies beyond such a frame is not known to decide the walk, so nothing is remembered.
TEST(UnwinderHardTest, FramesBeyondOneThatRulesCannotExpressMayChange) {
  trace_test::begin_probing(os::stack_bounds());
  for (int i = 0; i < 6; ++i) {
    (i % 2 == 0 ? call_one_way : call_another_way)();
    asm volatile("" : "+r"(i));  // one loop with one call
  }
  EXPECT_EQ(trace_test::tally().probes, 6);
  EXPECT_EQ(trace_test::tally().walked_by_rules, 0);
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
