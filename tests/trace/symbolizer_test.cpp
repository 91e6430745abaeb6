// Names from the forked child, and what is left when that child does not behave.
#include "trace/symbolizer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

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

constexpr std::uint32_t kInnerLine = __LINE__ + 2;
[[gnu::always_inline]] inline std::uintptr_t inner(int more) {
  return named_function() + static_cast<std::uintptr_t>(more);
}
constexpr std::uint32_t kMiddleLine = __LINE__ + 2;
[[gnu::always_inline]] inline std::uintptr_t middle(int more) {
  return inner(more) + (getpid() == 0 ? 2 : 0);
}
constexpr std::uint32_t kOuterLine = __LINE__ + 1;
[[gnu::noinline]] std::uintptr_t outer(int more) { return middle(more) + (getpid() == 0 ? 1 : 0); }

// As a type's, its name would be demangled to float.
extern "C" [[gnu::noinline]] std::uintptr_t f() { return named_function() + (getpid() == 0 ? 1 : 0); }

}  // namespace padlock::trace_test

namespace padlock::trace {
namespace {

constexpr int kPatienceMs = 60'000;

std::uintptr_t good_pc() { return trace_test::calling_function(0); }

std::unique_ptr<NameBook> new_book() {
  auto book = std::make_unique<NameBook>();
  book->clear();
  return book;
}

TEST(Symbolizer, NamesFunctionFileAndLine) {
  const std::uintptr_t pcs[] = {good_pc()};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 1U);
  const NameBook::Names names = book->find(pcs[0]);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0].function, "padlock::trace_test::calling_function(int)");
  EXPECT_TRUE(names[0].file.ends_with("tests/trace/symbolizer_test.cpp")) << names[0].file;
  EXPECT_EQ(names[0].line, trace_test::kCallLine);
}

TEST(Symbolizer, NamesEveryFunctionThatWasInlinedTheInnermostFirst) {
  const std::uintptr_t pcs[] = {trace_test::outer(0)};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 1U);
  const NameBook::Names names = book->find(pcs[0]);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].function, "padlock::trace_test::inner(int)");
  EXPECT_EQ(names[0].line, trace_test::kInnerLine);
  EXPECT_EQ(names[1].function, "padlock::trace_test::middle(int)");
  EXPECT_EQ(names[1].line, trace_test::kMiddleLine);
  EXPECT_EQ(names[2].function, "padlock::trace_test::outer(int)");
  EXPECT_EQ(names[2].line, trace_test::kOuterLine);
}

TEST(Symbolizer, NamesOfCFunctionsAreLeftAsTheyAre) {
  const std::uintptr_t pcs[] = {trace_test::f()};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 1U);
  EXPECT_EQ(book->find(pcs[0])[0].function, "f");
}

TEST(Symbolizer, BadAddressesHaveNoNamesAndHarmNoOthers) {
  const std::uintptr_t pcs[] = {1, ~std::uintptr_t{0}, good_pc(), 0xdeadbeefdeadbeef};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 4U);
  for (const int bad : {0, 1, 3}) {
    ASSERT_EQ(book->find(pcs[bad]).size(), 1U);
    EXPECT_EQ(book->find(pcs[bad])[0].function, "");
    EXPECT_EQ(book->find(pcs[bad])[0].file, "");
    EXPECT_EQ(book->find(pcs[bad])[0].line, 0U);
  }
  EXPECT_EQ(book->find(pcs[2])[0].function, "padlock::trace_test::calling_function(int)");
}

TEST(Symbolizer, NothingAskedNothingAnswered) {
  const auto book = new_book();
  EXPECT_EQ(symbolize({}, *book, nullptr, kPatienceMs), 0U);
}

TEST(Symbolizer, AHangingChildCostsOnlyTheNames) {
  const std::uintptr_t pcs[] = {good_pc()};
  const auto book = new_book();
  const auto hang = [] {
    for (;;) os::sleep_ms(1000);
  };
  EXPECT_EQ(symbolize(pcs, *book, hang, 50), 0U);
  EXPECT_EQ(book->find(pcs[0]).size(), 0U);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Symbolizer, ACrashingChildCostsOnlyTheNames) {
  const std::uintptr_t pcs[] = {good_pc()};
  const auto book = new_book();
  EXPECT_EQ(symbolize(
                pcs, *book, [] { __builtin_trap(); }, kPatienceMs),
            0U);
  EXPECT_EQ(symbolize(
                pcs, *book, [] { std::abort(); }, kPatienceMs),
            0U);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
}

TEST(SymbolizerDeathTest, TheChildRunsNoExitHandlers) {
  const auto leave = [] {
    std::atexit([] { os::write_all(2, "exit handler\n"); });
    const std::uintptr_t pcs[] = {good_pc()};
    os::exit_now(static_cast<int>(symbolize(pcs, *new_book(), nullptr, kPatienceMs)));
  };
  EXPECT_EXIT(leave(), testing::ExitedWithCode(1), "^$");
}

TEST(Symbolizer, TheChildsChangesStayInTheChild) {
  static int entered = 0;
  const std::uintptr_t pcs[] = {good_pc()};
  EXPECT_EQ(symbolize(
                pcs, *new_book(), [] { entered = 1; }, kPatienceMs),
            1U);
  EXPECT_EQ(entered, 0);
}

}  // namespace
}  // namespace padlock::trace
