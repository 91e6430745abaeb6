// The help texts, and docs/OPTIONS.md against its generator.
#include "options/help.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "options/table.h"

namespace padlock::options {
namespace {

template <void (*kPrint)(TextWriter&) noexcept>
std::string printed() {
  std::string buffer(kHelpCapacity, '\0');
  TextWriter out(buffer);
  kPrint(out);
  EXPECT_FALSE(out.truncated());
  return std::string(out.view());
}

TEST(Help, ShowsOneLineAnOptionInOrder) {
  std::istringstream lines(printed<print_help>());
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, "Options of PADLOCK_OPTIONS=name=value:name=value, with their defaults:");
  for (const OptionEntry& entry : option_table()) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line.rfind("  " + std::string(entry.name) + "=" + std::string(entry.fallback) + " ", 0), 0u)
        << line;
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(Help, ShowsTheValuesOfEachKind) {
  const std::string text = printed<print_help>();
  EXPECT_NE(text.find("  verbosity=0                    0: reports only; 1: a line at start and end; "
                      "2: statistics at exit too. [0..2]\n"),
            std::string::npos);
  EXPECT_NE(text.find("[0|1]\n"), std::string::npos);
  EXPECT_NE(text.find("[auto|always|never]\n"), std::string::npos);
  EXPECT_NE(text.find("[text]\n"), std::string::npos);
}

TEST(Help, MarkdownCellsNeverHoldABareBar) {
  for (const OptionEntry& entry : option_table()) EXPECT_EQ(entry.help.find('|'), std::string_view::npos);
}

TEST(Help, DocumentationPageIsUpToDate) {
  const std::string page = printed<print_markdown_help>();
  if (std::getenv("PADLOCK_UPDATE_DOCS") != nullptr) std::ofstream(PADLOCK_OPTIONS_PAGE) << page;
  std::ostringstream file;
  file << std::ifstream(PADLOCK_OPTIONS_PAGE).rdbuf();
  EXPECT_EQ(file.str(), page);
}

TEST(Help, TheFuzzersDictionaryHasEveryOption) {
  std::ostringstream file;
  file << std::ifstream(PADLOCK_OPTIONS_DICTIONARY).rdbuf();
  const std::string dictionary = file.str();
  for (const OptionEntry& entry : option_table()) {
    EXPECT_NE(dictionary.find('"' + std::string(entry.name) + "=\""), std::string::npos) << entry.name;
  }
}

}  // namespace
}  // namespace padlock::options
