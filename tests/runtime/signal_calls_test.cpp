// sigaction, signal and their relatives against libc's own: the same results, actions and masks; and masks of
// calls that wait, where the traps are kept unblocked.
#include "runtime/interposed/signal_calls.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "kernel.h"
#include "runtime/process/init.h"
#include "runtime/signals/signal_masks.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace padlock::runtime::signal_calls_checks {
namespace {

const SignalHandler kHold = SIG_HOLD;

void handle(int) {}
void handle_otherwise(int) {}

constexpr int kNumbers[] = {-1, 0, SIGHUP, SIGUSR1, SIGKILL, SIGSTOP, SIGSYS, 32, 33, 34, 64, 65, 66};
const SignalHandler kHandlers[] = {SIG_DFL, SIG_IGN, SIG_ERR, &handle};

bool is_programs(int signal) { return signal > 0 && signal <= 64 && signal != 32 && signal != 33; }

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

std::string described(const struct sigaction& action) {
  std::uint64_t mask = 0;
  std::memcpy(&mask, &action.sa_mask, sizeof mask);
  const auto handler = reinterpret_cast<std::uintptr_t>(action.sa_handler);
  return std::to_string(handler) + " " + std::to_string(action.sa_flags) + " " + std::to_string(mask);
}

std::string described(SignalHandler handler) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(handler));
}
std::string described(int result) { return std::to_string(result); }

sigset_t set_of(std::uint64_t mask) {
  sigset_t set = {};
  std::memcpy(&set, &mask, sizeof mask);
  return set;
}

std::string present_mask() {
  sigset_t set;
  std::uint64_t mask = 0;
  pthread_sigmask(SIG_BLOCK, nullptr, &set);
  std::memcpy(&mask, &set, sizeof mask);
  return std::to_string(mask);
}

// How a signal is set up before a call.
struct Before {
  SignalHandler handler;
  int flags;
  bool blocked;
};
const Before kBefore[] = {{SIG_DFL, 0, false},
                          {SIG_IGN, 0, true},
                          {&handle_otherwise, SA_RESTART | SA_NODEFER, false},
                          {&handle_otherwise, 0, true}};

void set_up(int signal, const Before& before) {
  struct sigaction action {};
  action.sa_handler = before.handler;
  action.sa_flags = before.flags;
  sigaction(signal, &action, nullptr);
  const sigset_t set = set_of(before.blocked && is_programs(signal) ? bit(signal) : 0);
  pthread_sigmask(SIG_SETMASK, &set, nullptr);
}

// What a call returns, and what it leaves.
template <typename Call>
std::string outcome(int signal, const Before& before, Call call) {
  if (is_programs(signal)) set_up(signal, before);
  errno = 0;
  const auto result = call(signal);
  std::string all = described(result) + " errno " + std::to_string(errno);
  struct sigaction after {};
  if (sigaction(signal, nullptr, &after) == 0) all += " action " + described(after);
  all += " mask " + present_mask();
  if (is_programs(signal)) set_up(signal, kBefore[0]);
  return all;
}

class SignalCallsTest : public testing::Test {
 protected:
  SignalCallsTest() { initialize(); }
  void SetUp() override {
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "libc's functions are the sanitizer's";
#endif
  }

  template <typename Ours, typename Libcs>
  void expect_same(Ours ours, Libcs libcs, bool takes_libcs_own = true) {
    for (const int signal : kNumbers) {
      if (!takes_libcs_own && (signal == 32 || signal == 33)) continue;
      for (const Before& before : kBefore)
        EXPECT_EQ(outcome(signal, before, ours), outcome(signal, before, libcs))
            << "signal " << signal << ", " << &before - kBefore;
    }
  }
};

TEST_F(SignalCallsTest, SigactionSetsAndAsks) {
  for (const SignalHandler handler : {SIG_DFL, SIG_IGN, static_cast<SignalHandler>(&handle)}) {
    for (const int flags :
         {0, SA_RESTART, static_cast<int>(SA_NODEFER | SA_RESETHAND), SA_NOCLDSTOP | SA_ONSTACK}) {
      struct sigaction action {};
      action.sa_handler = handler;
      action.sa_flags = flags;
      action.sa_mask = set_of(0xffffffffffffffff);
      std::string asked[2];
      int which = 0;
      const auto with = [&](auto function) {
        return [&, function](int signal) {
          struct sigaction former {};
          const int result = function(signal, &action, &former);
          asked[which] += result == 0 ? described(former) : "";
          struct sigaction present {};
          if (function(signal, nullptr, &present) == 0) asked[which] += described(present);
          function(signal, nullptr, nullptr);
          which = 1 - which;
          return result;
        };
      };
      expect_same(with(sigaction_call), with(sigaction));
      EXPECT_EQ(asked[0], asked[1]);
    }
  }
}

// Of a signal whose handler in the kernel is Padlock's: what the kernel would say.
TEST_F(SignalCallsTest, SigactionKeepsWhatTheKernelHasNot) {
  struct sigaction action {};
  action.sa_handler = &handle;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  action.sa_mask = set_of(~std::uint64_t{0});
  struct sigaction before {};
  ASSERT_EQ(sigaction_call(SIGSEGV, &action, &before), 0);
  struct sigaction present;
  std::memset(&present, 0xff, sizeof present);
  EXPECT_EQ(sigaction_call(SIGSEGV, nullptr, &present), 0);
  EXPECT_EQ(sigaction_call(SIGSEGV, &before, nullptr), 0);
  EXPECT_EQ(present.sa_handler, &handle);
  EXPECT_EQ(present.sa_flags & ~0x04000000, SA_RESTART | SA_ONSTACK);
  EXPECT_NE(present.sa_restorer, nullptr);
  const sigset_t all = set_of(~(bit(SIGKILL) | bit(SIGSTOP)));  // and nothing behind the kernel's signals
  EXPECT_EQ(std::memcmp(&present.sa_mask, &all, sizeof all), 0);
}

TEST_F(SignalCallsTest, AnActionThatTheKernelRefusesChangesNothing) {
  set_up(SIGUSR1, kBefore[0]);
  const bool tried = where_refused({SYS_rt_sigaction, {}}, [] {
    const sigset_t set = set_of(bit(SIGUSR1));
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    errno = 0;
    EXPECT_EQ(sigset_call(SIGUSR1, &handle), SIG_ERR);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(present_mask(), std::to_string(bit(SIGUSR1)));
    errno = 0;
    EXPECT_EQ(signal_call(SIGUSR1, &handle), SIG_ERR);
    EXPECT_EQ(errno, ENOMEM);
    errno = 0;
    struct sigaction action {};
    EXPECT_EQ(sigaction_call(SIGUSR1, &action, nullptr), -1);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(sigaction_call(SIGUSR1, nullptr, &action), -1);
    EXPECT_EQ(sigignore_call(SIGUSR1), -1);
    EXPECT_EQ(siginterrupt_call(SIGUSR1, 1), -1);
  });
  if (!tried) GTEST_SKIP() << "the kernel filters no calls";
  EXPECT_EQ(sigset_call(SIGUSR1, SIG_DFL), SIG_DFL);
}

TEST_F(SignalCallsTest, SignalRestartsAndKeepsTheSignalOut) {
  for (const SignalHandler handler : kHandlers) {
    expect_same([&](int signal) { return signal_call(signal, handler); },
                [&](int signal) { return ::signal(signal, handler); });
    expect_same([&](int signal) { return sysv_signal_call(signal, handler); },
                [&](int signal) { return sysv_signal(signal, handler); });
  }
}

TEST_F(SignalCallsTest, SigsetHoldsOrUnblocks) {
  for (const SignalHandler handler : {SIG_DFL, SIG_IGN, static_cast<SignalHandler>(&handle), kHold})
    expect_same([&](int signal) { return sigset_call(signal, handler); },
                [&](int signal) { return sigset(signal, handler); }, handler != kHold);
  // libc sets it as a handler.
  EXPECT_EQ(sigset_call(SIGUSR1, SIG_ERR), SIG_ERR);
  EXPECT_EQ(errno, EINVAL);
  expect_same(sigignore_call, [](int signal) { return sigignore(signal); });
}

TEST_F(SignalCallsTest, SigholdAndSigrelseChangeOneSignal) {
  expect_same(
      sighold_call, [](int signal) { return sighold(signal); }, false);
  expect_same(
      sigrelse_call, [](int signal) { return sigrelse(signal); }, false);
}

TEST_F(SignalCallsTest, SiginterruptIsRememberedForSignal) {
  for (const int first : {1, 0}) {
    for (const int second : {1, 0}) {
      const auto with = [&](auto interrupt, auto set) {
        return [=](int signal) {
          std::string all = described(interrupt(signal, first));
          struct sigaction action {};
          if (sigaction(signal, nullptr, &action) == 0) all += " " + described(action);
          all += described(set(signal, &handle));
          if (sigaction(signal, nullptr, &action) == 0) all += " " + described(action);
          all += described(interrupt(signal, second));
          all += described(set(signal, &handle));
          if (sigaction(signal, nullptr, &action) == 0) all += " " + described(action);
          // Another signal is not concerned.
          if (signal == SIGUSR1) {
            set(SIGUSR2, &handle);
            sigaction(SIGUSR2, nullptr, &action);
            all += " " + described(action);
          }
          return static_cast<int>(std::hash<std::string>{}(all) % 1'000'000'007);
        };
      };
      expect_same(with(siginterrupt_call, signal_call), with(siginterrupt, ::signal));
    }
  }
  for (const int signal : {SIGHUP, SIGUSR1, SIGSYS, 34, 64}) siginterrupt_call(signal, 0);
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGSYS, 34, 64}) {
    siginterrupt(signal, 0);
    set_up(signal, kBefore[0]);
  }
}

TEST_F(SignalCallsTest, MasksAreChangedAndAskedFor) {
  constexpr std::uint64_t kSome = bit(SIGUSR1) | bit(SIGHUP) | bit(64) | bit(32 - 1);
  constexpr std::uint64_t kOthers = bit(SIGUSR1) | bit(SIGUSR2);
  const auto outcomes = [&](auto function) {
    std::string all;
    for (const int how : {SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 77}) {
      for (const bool given : {true, false}) {
        for (const bool asks : {true, false}) {
          const sigset_t before = set_of(kSome);
          pthread_sigmask(SIG_SETMASK, &before, nullptr);
          const sigset_t set = set_of(kOthers);
          sigset_t former = set_of(0x5a5a);
          errno = 0;
          all += std::to_string(function(how, given ? &set : nullptr, asks ? &former : nullptr)) + " errno ";
          std::uint64_t mask = 0;
          std::memcpy(&mask, &former, sizeof mask);
          all += std::to_string(errno) + ": " + std::to_string(mask) + ", " + present_mask() + "\n";
        }
      }
    }
    const sigset_t none = set_of(0);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    return all;
  };
  EXPECT_EQ(outcomes(sigprocmask_call), outcomes(sigprocmask));
  EXPECT_EQ(outcomes(pthread_sigmask_call), outcomes(pthread_sigmask));
}

TEST_F(SignalCallsTest, MasksOfBsdHaveThirtyTwoSignals) {
  const auto outcomes = [](auto function) {
    std::string all;
    for (const int mask : {0, 1, 1 << (SIGUSR1 - 1), -1 & ~(1 << (SIGSEGV - 1)), 0x5a5a}) {
      for (const int how : {SIG_BLOCK, SIG_SETMASK}) {
        const sigset_t before = set_of(bit(SIGUSR2) | bit(41));
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        all += std::to_string(function(how, mask)) + ": " + present_mask() + "\n";
      }
    }
    const sigset_t none = set_of(0);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    return all;
  };
  EXPECT_EQ(outcomes(bsd_mask_call),
            outcomes([](int how, int mask) { return how == SIG_BLOCK ? sigblock(mask) : sigsetmask(mask); }));
}

template <unsigned Argument>
bool hook_keeps_traps() {
  PassedCall passed = {};
  on_call_with_mask<Argument>(passed);
  bool good = passed.argument[Argument] == 0;
  const auto given = [&](std::uint64_t mask) {
    const sigset_t set = set_of(mask);
    passed.argument[Argument] = reinterpret_cast<std::uintptr_t>(&set);
    on_call_with_mask<Argument>(passed);
    std::uint64_t taken = 0;
    std::memcpy(&taken, reinterpret_cast<const void*>(passed.argument[Argument]), sizeof taken);
    const bool same = passed.argument[Argument] == reinterpret_cast<std::uintptr_t>(&set);
    return std::pair(same, taken);
  };
  const std::uint64_t plain = bit(SIGUSR1) | bit(64);
  good &= given(plain) == std::pair(true, plain);
  good &= given(0) == std::pair(true, std::uint64_t{0});
  for (const int trap : {SIGSEGV, SIGBUS, SIGTRAP}) {
    const std::uint64_t with_trap = plain | bit(trap);
    good &= given(with_trap) == std::pair(false, plain | bit(SIGSTKFLT));
  }
  for (unsigned i = 0; i < 6; ++i) good &= i == Argument || passed.argument[i] == 0;
  return good;
}

TEST_F(SignalCallsTest, WhoeverWaitsLeavesTheTrapsUnblocked) {
  const auto in_child = [](bool (*check)()) {
    guard_signal_masks();
    _exit(check() ? 0 : 1);
  };
  for (bool (*const check)() : {hook_keeps_traps<0>, hook_keeps_traps<1>, hook_keeps_traps<3>,
                                hook_keeps_traps<4>, hook_keeps_traps<5>})
    EXPECT_EXIT(in_child(check), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace padlock::runtime::signal_calls_checks
