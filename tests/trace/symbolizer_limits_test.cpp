// Names where the process limits its own memory. (Sanitizers map more than a limit allows.)
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>

#include "os/memory.h"
#include "os/raw_io.h"
#include "trace/symbolizer.h"

namespace padlock::trace_test {

[[gnu::noinline]] std::uintptr_t address_of_caller() {
  return reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
}

}  // namespace padlock::trace_test

namespace padlock::trace {
namespace {

std::size_t mapped_pages() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages;
}

// In a child: all that it maps from now on, but for `more` bytes, is too much. Then names of a function are
// looked up: as many addresses as were answered, and 10 more if there was a line.
[[noreturn]] void ask_with(std::size_t more) {
  constexpr int kPatienceMs = 60'000;
  const std::uintptr_t pcs[] = {trace_test::address_of_caller()};
  const auto book = std::make_unique<NameBook>();
  rlimit limit = {};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = mapped_pages() * os::page_size() + more;
  setrlimit(RLIMIT_AS, &limit);
  const std::size_t answered = symbolize(pcs, *book, nullptr, kPatienceMs);
  const NameBook::Names names = book->find(pcs[0]);
  const bool has_line = names.size() != 0 && names[0].line != 0;
  os::exit_now(static_cast<int>(answered) + (has_line ? 10 : 0));
}

TEST(Symbolizer, AnswersLeaveNothingMapped) {
  constexpr int kPatienceMs = 60'000;
  const std::uintptr_t pcs[] = {trace_test::address_of_caller()};
  const auto book = std::make_unique<NameBook>();
  book->clear();
  symbolize(pcs, *book, nullptr, kPatienceMs);
  const std::size_t before = mapped_pages();
  for (int i = 0; i < 4; ++i) symbolize(pcs, *book, nullptr, kPatienceMs);
  EXPECT_LT(mapped_pages(), before + sizeof(NameBook) / os::page_size());
}

TEST(SymbolizerDeathTest, WithoutMemoryNothingIsAnswered) {
  EXPECT_EXIT(ask_with(0), testing::ExitedWithCode(0), "");
}

TEST(SymbolizerDeathTest, TheChildMayHaveMoreMemoryThanTheProgramWantsForItself) {
  EXPECT_EXIT(ask_with(std::size_t{2} << 20), testing::ExitedWithCode(11), "");
}

}  // namespace
}  // namespace padlock::trace
