// The report of leaks, as text.
#include "report/text/leak_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace padlock::report {
namespace {

constexpr std::int32_t kProcess = 4242;

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Stack stack_with(std::initializer_list<Frame> frames) {
  Stack stack;
  for (const Frame& frame : frames) stack.frames[stack.depth++] = frame;
  return stack;
}

std::string leak_report() {
  const LeakGroup list = {.trace = 1, .direct = true, .blocks = 1, .bytes = 16};
  const LeakGroup lines = {.trace = 2, .direct = true, .blocks = 3, .bytes = 9};
  const LeakGroup rest = {.trace = 1, .direct = false, .blocks = 4, .bytes = 64};
  LeakTotals totals;
  ((totals += list) += lines) += rest;
  char buffer[8192];
  TextWriter text(buffer);
  Painter painter(text, {});
  const Frame main = {.pc = 0x55d000001250, .function = "main", .file = "/src/demo.cpp", .line = 44};
  const Stack made = stack_with(
      {{.pc = 0x55d000001180, .function = "make_list(int)", .file = "/src/demo.cpp", .line = 12}, main});
  const Stack read =
      stack_with({{.pc = 0x7f1100024083, .module = "/lib/libdemo.so", .offset = 0x24083}, main});
  print_leak_head(totals, kProcess, text);
  print_leak_group(list, made, painter);
  print_leak_group(lines, read, painter);
  print_leak_group(rest, made, painter);
  print_leak_end(totals, made, kProcess, {}, text);
  return std::string(text.view());
}

TEST(LeakText, ReportIsExactlyTheGoldenText) {
  const std::string path = std::string(PADLOCK_GOLDEN_FOLDER) + "/leak.txt";
  if (std::getenv("PADLOCK_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << leak_report();
  EXPECT_EQ(leak_report(), file_text(path));
}

TEST(LeakText, DocumentationShowsIt) {
  const std::string page = file_text(PADLOCK_REPORTS_PAGE);
  EXPECT_NE(page.find("```text\n" + leak_report() + "```\n"), std::string::npos);
}

TEST(LeakText, ATotalSaysWhichKindsThereAre) {
  LeakTotals totals;
  totals += LeakGroup{.direct = false, .blocks = 2, .bytes = 10};
  EXPECT_EQ(totals, (LeakTotals{.blocks = 2, .bytes = 10, .any_direct = false, .any_indirect = true}));
}

TEST(LeakText, DirectOnesComeFirstThenByBytes) {
  EXPECT_TRUE(comes_first({.direct = true, .bytes = 1}, {.direct = false, .bytes = 100}));
  EXPECT_FALSE(comes_first({.direct = false, .bytes = 100}, {.direct = true, .bytes = 1}));
  EXPECT_TRUE(comes_first({.direct = false, .bytes = 2}, {.direct = false, .bytes = 1}));
  EXPECT_FALSE(comes_first({.direct = false, .bytes = 1}, {.direct = false, .bytes = 2}));
  EXPECT_TRUE(
      comes_first({.trace = 1, .direct = true, .bytes = 1}, {.trace = 2, .direct = true, .bytes = 1}));
  EXPECT_FALSE(
      comes_first({.trace = 2, .direct = true, .bytes = 1}, {.trace = 1, .direct = true, .bytes = 1}));
  EXPECT_FALSE(
      comes_first({.trace = 1, .direct = true, .bytes = 1}, {.trace = 1, .direct = true, .bytes = 1}));
}

}  // namespace
}  // namespace padlock::report
