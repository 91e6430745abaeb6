// Near matches of option names.
#include "options/suggest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "options/table.h"

namespace padlock::options {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("seed", "seed"), 0u);
  const std::string longest(kMaxSuggestLength, 'x');
  EXPECT_EQ(edit_distance(longest, std::string(kMaxSuggestLength, 'y')), kMaxSuggestLength);
}

// The definition, without a table.
std::size_t distance_by_definition(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const std::size_t last = distance_by_definition(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1);
  const std::size_t without_a = distance_by_definition(a.substr(1), b) + 1;
  const std::size_t without_b = distance_by_definition(a, b.substr(1)) + 1;
  return std::min({last, without_a, without_b});
}

// All pairs of short texts. Each lies between letters that are not its own, and that count for nothing.
TEST(EditDistance, IsThatOfItsDefinition) {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size() && texts[i].size() < 4; ++i) {
    for (const char letter : {'a', 'b'}) texts.push_back(texts[i] + letter);
  }
  for (const std::string& one : texts) {
    for (const std::string& other : texts) {
      const std::size_t expected = distance_by_definition(one, other);
      for (const char beside : {'a', 'b'}) {
        const std::string longer = beside + one + beside;
        const std::string_view within = std::string_view(longer).substr(1, one.size());
        ASSERT_EQ(edit_distance(within, other), expected) << one << ' ' << other;
        ASSERT_EQ(edit_distance(other, within), expected) << one << ' ' << other;
      }
    }
  }
}

TEST(NearestOption, FindsTypingErrors) {
  EXPECT_EQ(nearest_option("arena_quarantin_kb"), "arena_quarantine_kb");
  EXPECT_EQ(nearest_option("log-path"), "log_path");
  EXPECT_EQ(nearest_option("soft_rss_limit"), "mapped_limit_mb");  // near an old name
  EXPECT_EQ(nearest_option("sede"), "");                           // two of four letters differ
  EXPECT_EQ(nearest_option("sed"), "seed");
  EXPECT_EQ(nearest_option("exit_code"), "exitcode");
}

// Every letter of every name may be missing, another one, or twice.
TEST(NearestOption, FindsEveryNameWithOneLetterWrong) {
  for (const OptionEntry& entry : option_table()) {
    for (std::size_t at = 0; at < entry.name.size(); ++at) {
      const std::string name(entry.name);
      const std::string wrong[] = {std::string(name).erase(at, 1), std::string(name).replace(at, 1, "#"),
                                   std::string(name).insert(at, 1, name[at])};
      for (const std::string& text : wrong) {
        const std::string_view nearest = nearest_option(text);
        const bool is_other_name = nearest != name && edit_distance(text, nearest) > 1;
        EXPECT_EQ(nearest.empty(), text.size() < 3) << text;
        EXPECT_FALSE(is_other_name && !nearest.empty()) << text << " is taken for " << nearest;
      }
    }
  }
}

// A third of the letters may be wrong, whatever the length.
TEST(NearestOption, LooksAtNamesUpToALength) {
  const std::string longest = "arena_quarantine_floor_kb";
  for (std::size_t more = 0; more < 14; ++more)
    EXPECT_EQ(nearest_option(longest + std::string(more, '#')), more < 13 ? longest : "") << more;
  EXPECT_EQ(longest.size() + 12, kMaxSuggestLength);
  for (const OptionEntry& entry : option_table()) EXPECT_LE(entry.name.size(), longest.size());
  for (const OldName& old : old_names()) EXPECT_LE(old.old_name.size(), longest.size());
  EXPECT_EQ(nearest_option("exit####"), "");
  EXPECT_EQ(nearest_option("exitco##"), "exitcode");
  EXPECT_EQ(nearest_option("exitc###"), "");
}

TEST(NearestOption, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_option(""), "");
  EXPECT_EQ(nearest_option("x"), "");
  EXPECT_EQ(nearest_option("detect_stack_use_after_return"), "");
  EXPECT_EQ(nearest_option(std::string(kMaxSuggestLength + 1, 'a')), "");
}

}  // namespace
}  // namespace padlock::options
