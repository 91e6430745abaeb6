// Names from the forked child, and what is left when that child does not behave.
#include "trace/symbolizer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "os/clock.h"
#include "os/raw_io.h"

namespace padlock::trace_test {

[[gnu::noinline]] std::uintptr_t named_function() {
  const auto pc = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  asm volatile("" ::: "memory");
  return pc;
}

constexpr std::uint32_t kCallLine = __LINE__ + 2;
[[gnu::noinline]] std::uintptr_t calling_function(int /*unused*/) {
  return named_function() + (getpid() == 0 ? 1 : 0);
}

// As a type's, its name would be demangled to float.
extern "C" [[gnu::noinline]] std::uintptr_t f() { return named_function() + (getpid() == 0 ? 1 : 0); }

}  // namespace padlock::trace_test

namespace padlock::trace {
namespace {

constexpr int kPatienceMs = 60'000;

std::uintptr_t good_pc() { return trace_test::calling_function(0); }

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

TEST(Symbolizer, NamesFunctionFileAndLine) {
  const std::uintptr_t pcs[] = {good_pc()};
  Symbol symbols[1];
  ASSERT_EQ(symbolize(pcs, symbols, nullptr, kPatienceMs), 1U);
  EXPECT_STREQ(symbols[0].function, "padlock::trace_test::calling_function(int)");
  EXPECT_TRUE(ends_with(symbols[0].file, "tests/trace/symbolizer_test.cpp")) << symbols[0].file;
  EXPECT_EQ(symbols[0].line, trace_test::kCallLine);
}

TEST(Symbolizer, NamesOfCFunctionsAreLeftAsTheyAre) {
  const std::uintptr_t pcs[] = {trace_test::f()};
  Symbol symbols[1];
  ASSERT_EQ(symbolize(pcs, symbols, nullptr, kPatienceMs), 1U);
  EXPECT_STREQ(symbols[0].function, "f");
}

TEST(Symbolizer, BadAddressesHaveNoNamesAndHarmNoOthers) {
  const std::uintptr_t pcs[] = {0, 1, ~std::uintptr_t{0}, good_pc(), 0xdeadbeefdeadbeef};
  Symbol symbols[5];
  ASSERT_EQ(symbolize(pcs, symbols, nullptr, kPatienceMs), 5U);
  for (const int bad : {0, 1, 2, 4}) {
    EXPECT_STREQ(symbols[bad].function, "");
    EXPECT_STREQ(symbols[bad].file, "");
    EXPECT_EQ(symbols[bad].line, 0U);
  }
  EXPECT_STREQ(symbols[3].function, "padlock::trace_test::calling_function(int)");
}

TEST(Symbolizer, NothingAskedNothingAnswered) {
  const std::uintptr_t pcs[] = {good_pc(), good_pc()};
  Symbol symbols[1];
  EXPECT_EQ(symbolize({}, symbols, nullptr, kPatienceMs), 0U);
  EXPECT_EQ(symbolize(pcs, {}, nullptr, kPatienceMs), 0U);
  EXPECT_EQ(symbolize(pcs, symbols, nullptr, kPatienceMs), 1U);
}

TEST(Symbolizer, AHangingChildCostsOnlyTheNames) {
  const std::uintptr_t pcs[] = {good_pc()};
  Symbol symbols[1];
  const auto hang = [] {
    for (;;) os::sleep_ms(1000);
  };
  EXPECT_EQ(symbolize(pcs, symbols, hang, 50), 0U);
  EXPECT_STREQ(symbols[0].function, "");
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Symbolizer, ACrashingChildCostsOnlyTheNames) {
  const std::uintptr_t pcs[] = {good_pc()};
  Symbol symbols[1];
  EXPECT_EQ(symbolize(
                pcs, symbols, [] { __builtin_trap(); }, kPatienceMs),
            0U);
  EXPECT_EQ(symbolize(
                pcs, symbols, [] { std::abort(); }, kPatienceMs),
            0U);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
}

TEST(SymbolizerDeathTest, TheChildRunsNoExitHandlers) {
  const auto leave = [] {
    std::atexit([] { os::write_all(2, "exit handler\n"); });
    const std::uintptr_t pcs[] = {good_pc()};
    Symbol symbols[1];
    os::exit_now(static_cast<int>(symbolize(pcs, symbols, nullptr, kPatienceMs)));
  };
  EXPECT_EXIT(leave(), testing::ExitedWithCode(1), "^$");
}

TEST(Symbolizer, TheChildsChangesStayInTheChild) {
  static int entered = 0;
  const std::uintptr_t pcs[] = {good_pc()};
  Symbol symbols[1];
  EXPECT_EQ(symbolize(
                pcs, symbols, [] { entered = 1; }, kPatienceMs),
            1U);
  EXPECT_EQ(entered, 0);
}

}  // namespace
}  // namespace padlock::trace
