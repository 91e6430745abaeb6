// Signal actions set by the kernel's own call: the handler runs, and returns through Padlock's restorer,
// which unwinders can pass.
#include "os/signal_action.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <unwind.h>

#include <csignal>
#include <cstdint>

namespace padlock::os {
namespace {

volatile int handled = 0;
volatile bool found_interrupted = false;
std::uintptr_t interrupted_frame = 0;

_Unwind_Reason_Code on_frame(_Unwind_Context* context, void*) {
  if (_Unwind_GetCFA(context) == interrupted_frame) found_interrupted = true;
  return _URC_NO_REASON;
}

void on_signal(int signal) {
  handled = signal;
  _Unwind_Backtrace(on_frame, nullptr);
}

void install(int signal) {
  SignalAction action;
  action.handler = reinterpret_cast<std::uintptr_t>(&on_signal);
  SignalAction before;
  ASSERT_TRUE(change_signal_action(signal, &action, &before).ok());
  EXPECT_EQ(before.handler, 0U);
}

TEST(SignalAction, AHandlerRunsAndReturns) {
  install(SIGUSR1);
  handled = 0;
  raise(SIGUSR1);
  EXPECT_EQ(handled, SIGUSR1);
  const SignalAction default_action;
  SignalAction before;
  EXPECT_TRUE(change_signal_action(SIGUSR1, &default_action, &before).ok());
  EXPECT_EQ(before.handler, reinterpret_cast<std::uintptr_t>(&on_signal));
}

[[gnu::noinline]] void raise_from_here() {
  interrupted_frame = reinterpret_cast<std::uintptr_t>(__builtin_dwarf_cfa());
  raise(SIGUSR2);
  asm volatile("");
}

TEST(SignalAction, UnwindersPassTheRestorer) {
  install(SIGUSR2);
  found_interrupted = false;
  raise_from_here();
  EXPECT_TRUE(found_interrupted);
}

TEST(SignalAction, TheMaskComesBack) {
  SignalSet before = 0;
  ASSERT_TRUE(change_signal_mask(SIG_BLOCK, set_of(SIGHUP), &before).ok());
  SignalSet now = 0;
  ASSERT_TRUE(change_signal_mask(SIG_SETMASK, before, &now).ok());
  EXPECT_EQ(now, before | set_of(SIGHUP));
}

}  // namespace
}  // namespace padlock::os
