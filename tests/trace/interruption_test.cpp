// Code that was entered a second time: by a signal handler, or in a roundabout way by itself. "Its own code"
// is a section of this file.
#include "trace/interruption.h"

#include <gtest/gtest.h>

#include <csignal>

#define PADLOCK_OWN_CODE [[gnu::section("own_code"), gnu::noinline]]

extern "C" const char __start_own_code[];
extern "C" const char __stop_own_code[];

namespace padlock::trace {
namespace {

AddressRange own() {
  return {reinterpret_cast<std::uintptr_t>(__start_own_code),
          reinterpret_cast<std::uintptr_t>(__stop_own_code)};
}

bool g_answer = false;
bool g_answer_without_own = false;

// What is entered a second time.
[[gnu::noinline]] void ask() {
  const FrameState here = PADLOCK_CALLER_STATE();
  g_answer = is_interrupted_by_signal(here, own());
  g_answer_without_own = is_interrupted_by_signal(here, {});
  asm("");
}

using Step = void (*)();
[[gnu::noinline]] void call(Step step) {
  step();
  asm("");
}
PADLOCK_OWN_CODE void call_from_own_code(Step step) {
  step();
  asm("");
}
PADLOCK_OWN_CODE void call_from_own_code_twice_over(Step step) {
  call_from_own_code(step);
  asm("");
}

void handler(int /*number*/) {
  ask();
  asm("");
}
// Padlock's own handler, which calls the program's.
PADLOCK_OWN_CODE void own_handler(int /*number*/) {
  call(ask);
  asm("");
}

class Interruption : public ::testing::Test {
 protected:
  ~Interruption() override { std::signal(SIGUSR1, SIG_DFL); }
  static void handle_by(void (*by)(int)) { std::signal(SIGUSR1, by); }
};
void raise_signal() {
  static_cast<void>(std::raise(SIGUSR1));
  asm("");
}

// A hook that a function of libc calls, which its own code has called.
TEST_F(Interruption, ACallByItsOwnCodeIsNone) {
  call_from_own_code(ask);
  EXPECT_FALSE(g_answer);
  call_from_own_code([] { call(ask); });
  EXPECT_FALSE(g_answer);
  call_from_own_code_twice_over([] { call(ask); });
  EXPECT_FALSE(g_answer);
  EXPECT_TRUE(g_answer_without_own) << "where it is not known which code is its own";
}

TEST_F(Interruption, ASignalHandlerIsOneWhateverItInterrupted) {
  handle_by(handler);
  call_from_own_code(raise_signal);
  EXPECT_TRUE(g_answer);
  call(raise_signal);
  EXPECT_TRUE(g_answer);
  EXPECT_TRUE(g_answer_without_own);
}

TEST_F(Interruption, ASignalHandlerThatItsOwnCodeCallsIsOne) {
  handle_by(own_handler);
  call_from_own_code(raise_signal);
  EXPECT_TRUE(g_answer);
}

// Within a handler it is the innermost entry that counts.
TEST_F(Interruption, ACallByItsOwnCodeWithinASignalHandlerIsNone) {
  handle_by([](int /*number*/) {
    call_from_own_code(ask);
    asm("");
  });
  call_from_own_code(raise_signal);
  EXPECT_FALSE(g_answer);
}

// As deep as it looks, and further.
void call_deep_down(int frames, Step step) {
  if (frames == 0) {
    step();
  } else {
    call_deep_down(frames - 1, step);
  }
  asm("");
}
TEST_F(Interruption, WhereItWouldHaveToLookTooFarItIsOne) {
  call_from_own_code([] { call_deep_down(100, ask); });
  EXPECT_FALSE(g_answer);
  call_from_own_code([] { call_deep_down(5000, ask); });
  EXPECT_TRUE(g_answer);
  EXPECT_TRUE(is_interrupted_by_signal({.pc = 0, .sp = 0, .fp = 0}, own())) << "nowhere to begin";
}

TEST_F(Interruption, WithoutAnyCallOfItsOwnItIsOne) {
  call(ask);
  EXPECT_TRUE(g_answer);
  EXPECT_TRUE(g_answer_without_own);
}

}  // namespace
}  // namespace padlock::trace
