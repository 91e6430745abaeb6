// The program closes and redirects descriptors: the one that Padlock keeps for itself stays, and libc is
// given what is left of the call. Each in a process of its own.
#include "runtime/interposed/stream_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <initializer_list>

#include "runtime/calls/allocator.h"
#include "runtime/process/api.h"
#include "runtime/process/init.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime::stream_calls_checks {
namespace {

constexpr unsigned kNone = ~0U;

bool is_open(unsigned fd) { return fcntl(static_cast<int>(fd), F_GETFD) >= 0; }

PassedCall with(std::initializer_list<std::uintptr_t> arguments) {
  PassedCall passed = {};
  std::size_t next = 0;
  for (const std::uintptr_t argument : arguments) passed.argument[next++] = argument;
  return passed;
}

unsigned argument(const PassedCall& passed, unsigned number = 0) {
  return static_cast<unsigned>(passed.argument[number]);
}

report::Streams& streams() { return reporter.streams(); }

// A process whose standard error is kept; `check` returns whether all was well.
template <typename Check>
[[noreturn]] void in_child(Check check) {
  initialize();
  reporter.keep_streams();
  _exit(check(streams().next_kept(0)) ? 0 : 1);
}
#define EXPECT_IN_CHILD(check) EXPECT_EXIT(in_child(check), testing::ExitedWithCode(0), "")

// In a child of the process that keeps the stream.
template <typename Check>
bool in_its_child(Check check) {
  const pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

TEST(StreamCalls, TheKeptDescriptorIsNotClosed) {
  EXPECT_IN_CHILD([](unsigned kept) {
    PassedCall passed = with({kept});
    on_close_call(passed);
    PassedCall other = with({kept + 1});
    on_close_call(other);
    PassedCall error = with({2});
    on_close_call(error);
    return kept != kNone && is_open(kept) && argument(passed) == kNone && argument(other) == kept + 1 &&
           argument(error) == 2 && streams().next_kept(0) == kept;
  });
}

TEST(StreamCalls, AChildThatClosesItsErrorLosesTheKeptOneToo) {
  EXPECT_IN_CHILD([](unsigned kept) {
    return in_its_child([&] {
      PassedCall other = with({1});
      on_close_call(other);
      const bool before = is_open(kept);
      PassedCall error = with({2});
      on_close_call(error);
      return before && !is_open(kept) && argument(error) == 2;
    });
  });
}

TEST(StreamCalls, AChildThatRedirectsItsErrorLosesTheKeptOneToo) {
  EXPECT_IN_CHILD([](unsigned kept) {
    return in_its_child([&] {
      PassedCall away = with({2, 1});
      on_dup2_call(away);
      const bool before = is_open(kept);
      PassedCall error = with({1, 2});
      on_dup2_call(error);
      return before && !is_open(kept) && argument(error, 0) == 1 && argument(error, 1) == 2;
    });
  });
}

bool closes_ranges() { return syscall(SYS_close_range, kNone, kNone, 0) == 0; }

TEST(StreamCalls, AllIsClosedAroundTheKeptDescriptor) {
  if (!closes_ranges()) GTEST_SKIP() << "the kernel does not know close_range";
  EXPECT_IN_CHILD([](unsigned kept) {
    const int below = fcntl(0, F_DUPFD, 500);
    dup2(0, static_cast<int>(kept) - 1);
    const int above = fcntl(0, F_DUPFD, static_cast<int>(kept) + 1);
    PassedCall passed = with({400});
    on_closefrom_call(passed);
    return is_open(kept) && !is_open(kept - 1) && !is_open(static_cast<unsigned>(below)) &&
           is_open(static_cast<unsigned>(above)) && argument(passed) == kept + 1;
  });
  EXPECT_IN_CHILD([](unsigned kept) {
    PassedCall passed = with({kept});
    on_closefrom_call(passed);
    PassedCall above = with({kept + 5});
    on_closefrom_call(above);
    return is_open(kept) && argument(passed) == kept + 1 && argument(above) == kept + 5;
  });
}

TEST(StreamCalls, ANegativeNumberToCloseFromIsLeftToLibc) {
  EXPECT_IN_CHILD([](unsigned kept) {
    PassedCall passed = with({static_cast<std::uintptr_t>(-5)});
    on_closefrom_call(passed);
    PassedCall least = with({0x80000000U});
    on_closefrom_call(least);
    return in_its_child([&] {
             PassedCall in_child = with({static_cast<std::uintptr_t>(-5)});
             on_closefrom_call(in_child);
             const bool kept_on = is_open(kept);
             PassedCall all = with({0});
             on_closefrom_call(all);
             return kept_on && !is_open(kept);
           }) &&
           passed.argument[0] == static_cast<std::uintptr_t>(-5) && argument(least) == 0x80000000U;
  });
}

TEST(StreamCalls, ARangeIsClosedAroundTheKeptDescriptor) {
  if (!closes_ranges()) GTEST_SKIP() << "the kernel does not know close_range";
  EXPECT_IN_CHILD([](unsigned kept) {
    const auto below = static_cast<unsigned>(fcntl(0, F_DUPFD, 500));
    PassedCall passed = with({below, kept + 3, 0});
    on_close_range_call(passed);
    const bool first = !is_open(below) && argument(passed, 0) == kept + 1 && argument(passed, 1) == kept + 3;
    // The kept one is the last of the range: nothing is left to close.
    PassedCall up_to = with({below, kept, 0});
    on_close_range_call(up_to);
    PassedCall alone = with({kept, kept, 0});
    on_close_range_call(alone);
    return first && is_open(kept) && argument(up_to, 0) == kNone && argument(up_to, 1) == kNone &&
           argument(alone, 0) == kNone && argument(alone, 1) == kNone;
  });
}

TEST(StreamCalls, InAChildNothingIsKept) {
  EXPECT_IN_CHILD([](unsigned kept) {
    return in_its_child([&] {
      PassedCall passed = with({400});
      on_closefrom_call(passed);
      PassedCall range = with({400, kept + 3, 0});
      on_close_range_call(range);
      PassedCall one = with({kept});
      on_close_call(one);
      return argument(passed) == 400 && argument(range, 0) == 400 && argument(range, 1) == kept + 3 &&
             argument(one) == kept;
    });
  });
}

TEST(StreamCalls, ARangeBesideTheKeptDescriptorIsLeftToLibc) {
  EXPECT_IN_CHILD([](unsigned kept) {
    const auto below = static_cast<unsigned>(fcntl(0, F_DUPFD, 500));
    bool good = true;
    const auto left = [&](unsigned first, unsigned last) {
      PassedCall passed = with({first, last, 0});
      on_close_range_call(passed);
      good &= argument(passed, 0) == first && argument(passed, 1) == last;
    };
    left(below, kept - 1);
    left(kept + 1, kept + 9);
    left(kept + 1, kNone);
    left(below, below);
    left(kept + 1, below);
    return good && is_open(below) && is_open(kept);
  });
}

TEST(StreamCalls, TheFlagsOfARangeAreThoseOfItsPart) {
  if (!closes_ranges()) GTEST_SKIP() << "the kernel does not know close_range";
  constexpr unsigned kOnExec = 4;  // CLOSE_RANGE_CLOEXEC
  EXPECT_IN_CHILD([](unsigned kept) {
    const auto below = static_cast<unsigned>(fcntl(0, F_DUPFD, 500));
    PassedCall passed = with({below, kept + 3, kOnExec});
    on_close_range_call(passed);
    return is_open(below) && fcntl(static_cast<int>(below), F_GETFD) == FD_CLOEXEC &&
           argument(passed, 0) == kept + 1;
  });
  // What the kernel refuses, libc is to refuse.
  EXPECT_IN_CHILD([](unsigned kept) {
    const auto below = static_cast<unsigned>(fcntl(0, F_DUPFD, 500));
    PassedCall passed = with({below, kept + 3, 0x1000});
    on_close_range_call(passed);
    return is_open(below) && argument(passed, 0) == below && argument(passed, 1) == kept + 3;
  });
}

TEST(StreamCalls, ARangeWithTheStandardStreamsClosesThem) {
  struct Range {
    unsigned first;
    unsigned last;
    bool has_error;  // standard error
  };
  constexpr Range kRanges[] = {{0, 1, false}, {0, 2, true}, {2, 2, true},
                               {3, 9, false}, {2, 9, true}, {1, 2, true}};
  for (const Range& range : kRanges) {
    EXPECT_IN_CHILD([&range](unsigned kept) {
      return in_its_child([&] {
        PassedCall passed = with({range.first, range.last, 0});
        on_close_range_call(passed);
        return is_open(kept) != range.has_error && argument(passed, 0) == range.first &&
               argument(passed, 1) == range.last;
      });
    });
  }
  EXPECT_IN_CHILD([](unsigned kept) {
    return in_its_child([=] {
      PassedCall passed = with({2, 1, 0});
      on_close_range_call(passed);
      return is_open(kept);
    });
  });
}

TEST(StreamCalls, OnlyStandardStreamsConcernTheKeptOne) {
  const auto file = [](std::FILE* stream) { return reinterpret_cast<std::uintptr_t>(stream); };
  EXPECT_IN_CHILD([&](unsigned kept) {
    return in_its_child([&] {
      for (std::FILE* const stream : {stdin, stdout}) {
        PassedCall passed = with({file(stream)});
        on_fclose_call(passed);
        PassedCall reopened = with({file(stderr), file(stderr), file(stream)});
        on_freopen_call(reopened);
        if (!is_open(kept)) return false;
      }
      PassedCall passed = with({file(stderr)});
      on_fclose_call(passed);
      return !is_open(kept);
    });
  });
  EXPECT_IN_CHILD([&](unsigned kept) {
    return in_its_child([&] {
      PassedCall passed = with({0, 0, file(stderr)});
      on_freopen_call(passed);
      return !is_open(kept);
    });
  });
}

TEST(StreamCalls, ASessionOfItsOwnOrADaemonIsDetached) {
  EXPECT_IN_CHILD([](unsigned kept) {
    return in_its_child([&] {
      PassedCall passed = with({});
      on_setsid_call(passed);
      return !is_open(kept);
    });
  });
  EXPECT_IN_CHILD([](unsigned kept) {
    PassedCall passed = with({});
    on_setsid_call(passed);
    const bool before = is_open(kept) && in_its_child([&] { return is_open(kept); });
    on_daemon_call(passed);
    return before && is_open(kept) && in_its_child([&] { return !is_open(kept); });
  });
}

// It ends where nobody else sees it.
TEST(StreamCalls, TheHeapIsCheckedBeforeTheParentOfADaemonEnds) {
  EXPECT_IN_CHILD([](unsigned) {
    static int reports = 0;
    set_fault_callback([](const padlock_fault*, void*) { ++reports; }, nullptr);
    auto* const block = static_cast<char*>(allocate({24}, {}));
    block[24] ^= 1;
    PassedCall passed = with({});
    on_daemon_call(passed);
    return reports == 1;
  });
}

}  // namespace
}  // namespace padlock::runtime::stream_calls_checks
