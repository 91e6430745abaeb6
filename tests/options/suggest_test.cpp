// Near matches of option names.
#include "options/suggest.h"

#include <gtest/gtest.h>

#include <string>

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

TEST(NearestOption, FindsTypingErrors) {
  EXPECT_EQ(nearest_option("arena_quarantin_kb"), "arena_quarantine_kb");
  EXPECT_EQ(nearest_option("log-path"), "log_path");
  EXPECT_EQ(nearest_option("soft_rss_limit"), "mapped_limit_mb");  // near an old name
  EXPECT_EQ(nearest_option("sede"), "");                           // two of four letters differ
  EXPECT_EQ(nearest_option("sed"), "seed");
  EXPECT_EQ(nearest_option("exit_code"), "exitcode");
}

TEST(NearestOption, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_option(""), "");
  EXPECT_EQ(nearest_option("x"), "");
  EXPECT_EQ(nearest_option("detect_stack_use_after_return"), "");
  EXPECT_EQ(nearest_option(std::string(kMaxSuggestLength + 1, 'a')), "");
}

}  // namespace
}  // namespace padlock::options
