// Names from the forked child, and what is left when that child does not behave.
#include "trace/symbolizer.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "os/clock.h"
#include "os/memory.h"
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

// As a compiler calls a copy of its own of what the program calls copied.
[[gnu::noinline]] static std::uintptr_t copied() asm("copied.constprop.0");
[[gnu::noinline]] static std::uintptr_t copied() { return named_function() + (getpid() == 0 ? 1 : 0); }

[[gnu::noinline]] static std::uintptr_t hidden_function(int /*unused*/) {
  return named_function() + (getpid() == 0 ? 1 : 0);
}

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

// A module of which the child cannot read what names its functions: each address there crashes one.
class Broken {
 public:
  static void forbid() {
    const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(map()->l_ld) & ~(os::page_size() - 1);
    os::protect(reinterpret_cast<void*>(page), os::page_size(), os::Protection::kNone);
  }
  /// Number `number` of some addresses in it.
  static std::uintptr_t pc(std::uintptr_t number) { return map()->l_addr + 1 + number; }

 private:
  // Nobody calls anything in it.
  static link_map* map() {
    static void* const handle = dlopen("libutil.so.1", RTLD_NOW | RTLD_LOCAL);
    link_map* map = nullptr;
    EXPECT_TRUE(handle != nullptr && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0);
    return map;
  }
};

TEST(Symbolizer, AnAddressThatCrashesTheChildCostsItsOwnNamesOnly) {
  const std::uintptr_t pcs[] = {good_pc(), Broken::pc(0), trace_test::f()};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, Broken::forbid, kPatienceMs), 3U);
  EXPECT_EQ(book->find(pcs[0])[0].function, "padlock::trace_test::calling_function(int)");
  EXPECT_EQ(book->find(pcs[1]).size(), 0U);
  EXPECT_EQ(book->find(pcs[2])[0].function, "f");
}

TEST(Symbolizer, TheLastAddressMayCrashTheChild) {
  const std::uintptr_t pcs[] = {Broken::pc(0)};
  EXPECT_EQ(symbolize(pcs, *new_book(), Broken::forbid, kPatienceMs), 0U);
}

TEST(Symbolizer, AfterFourCrashesNoMoreIsAsked) {
  const std::uintptr_t pcs[] = {Broken::pc(0), Broken::pc(1), Broken::pc(2), Broken::pc(3), good_pc()};
  EXPECT_EQ(symbolize(pcs, *new_book(), Broken::forbid, kPatienceMs), 3U);
}

TEST(Symbolizer, ACompilersCopyHasTheNameThatTheProgramGaveIt) {
  const std::uintptr_t pcs[] = {trace_test::copied()};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 1U);
#ifdef __clang__  // has the symbol in its debug information, too
  EXPECT_EQ(book->find(pcs[0])[0].function, "copied.constprop.0");
#else
  EXPECT_EQ(book->find(pcs[0])[0].function, "copied");
#endif
}

// Debug information may have it without its namespace.
TEST(Symbolizer, SymbolsSpellNamesInFull) {
  const std::uintptr_t pcs[] = {trace_test::hidden_function(0)};
  const auto book = new_book();
  ASSERT_EQ(symbolize(pcs, *book, nullptr, kPatienceMs), 1U);
  EXPECT_EQ(book->find(pcs[0])[0].function, "padlock::trace_test::hidden_function(int)");
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
