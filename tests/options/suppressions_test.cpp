// Rules of suppressions: which lines are some, and what their patterns match.
#include "options/suppressions.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <string>
#include <vector>

namespace padlock::options {
namespace {

class Noted final : public SuppressionRules {
 public:
  void on_rule(const SuppressionRule& rule) override {
    rules.push_back(std::string(rule.kind) + "|" + std::string(rule.pattern));
  }
  void on_error(std::string_view message) override { errors.emplace_back(message); }
  std::vector<std::string> rules;
  std::vector<std::string> errors;
};

TEST(Suppressions, EachLineIsARule) {
  Noted noted;
  EXPECT_TRUE(parse_suppressions(
      "# known\nleak:libfoo.so\n\n  alloc-dealloc-mismatch : ns::f(int) \r\nleak:a:b", noted));
  EXPECT_EQ(noted.rules,
            (std::vector<std::string>{"leak|libfoo.so", "alloc-dealloc-mismatch|ns::f(int)", "leak|a:b"}));
  EXPECT_TRUE(noted.errors.empty());
}

TEST(Suppressions, ALineThatIsNoneIsReportedWithItsNumber) {
  Noted noted;
  EXPECT_FALSE(parse_suppressions("leak:f\nleak\n#\nheap-overflow:f\nleak:\nleak:*\n:f\nleak:g", noted));
  EXPECT_EQ(noted.rules, (std::vector<std::string>{"leak|f", "leak|g"}));
  EXPECT_EQ(noted.errors, (std::vector<std::string>{
                              "line 2: 'leak' has no ':': write kind:pattern",
                              "line 4: 'heap-overflow:f' names no kind of report",
                              "line 5: 'leak:' has no pattern that says anything",
                              "line 6: 'leak:*' has no pattern that says anything",
                              "line 7: ':f' names no kind of report",
                          }));
}

TEST(Suppressions, ALongLineIsCutInTheMessage) {
  Noted noted;
  EXPECT_FALSE(parse_suppressions(
      std::string(5000, 'x') + '\n' + std::string(64, 'y') + '\n' + std::string(65, 'z'), noted));
  ASSERT_EQ(noted.errors.size(), 3U);
  EXPECT_EQ(noted.errors[2], "line 3: '" + std::string(64, 'z') + "...' has no ':': write kind:pattern");
  EXPECT_EQ(noted.errors[0], "line 1: '" + std::string(64, 'x') + "...' has no ':': write kind:pattern");
  EXPECT_EQ(noted.errors[1], "line 2: '" + std::string(64, 'y') + "' has no ':': write kind:pattern");
}

TEST(Suppressions, NothingIsNoRuleAndNoError) {
  Noted noted;
  EXPECT_TRUE(parse_suppressions("", noted));
  EXPECT_TRUE(parse_suppressions("\n \n\t\r\n#leak", noted));
  EXPECT_TRUE(noted.rules.empty());
}

TEST(Pattern, IsFoundAnywhereUnlessAnchored) {
  EXPECT_TRUE(matches_pattern("foo", "a_foo_b"));
  EXPECT_FALSE(matches_pattern("foo", "fo"));
  EXPECT_TRUE(matches_pattern("^foo", "foobar"));
  EXPECT_FALSE(matches_pattern("^foo", "a_foo"));
  EXPECT_TRUE(matches_pattern("foo$", "foo_foo"));
  EXPECT_FALSE(matches_pattern("foo$", "foo_b"));
  EXPECT_TRUE(matches_pattern("^foo$", "foo"));
  EXPECT_FALSE(matches_pattern("^foo$", "foofoo"));
  EXPECT_FALSE(matches_pattern("foo", ""));
}

TEST(Pattern, AndTextEndWhereTheirViewsEnd) {
  EXPECT_TRUE(matches_pattern(std::string_view("foo*", 3), "a_foo_b"));
  EXPECT_TRUE(matches_pattern(std::string_view("foo*", 3), "foo"));
  EXPECT_FALSE(matches_pattern("foo", std::string_view("foo", 2)));
  EXPECT_FALSE(matches_pattern("^foo$", std::string_view("foo", 2)));
}

TEST(Pattern, AnAsteriskIsAnything) {
  EXPECT_TRUE(matches_pattern("f*r", "xx foo bar"));
  EXPECT_TRUE(matches_pattern("^lib*.so$", "libfoo.so.so"));
  EXPECT_FALSE(matches_pattern("^lib*.so$", "libfoo.so.1"));
  EXPECT_TRUE(matches_pattern("a**b", "ab"));
  EXPECT_TRUE(matches_pattern("*a*", "a"));
  EXPECT_FALSE(matches_pattern("a*b*c", "a b"));
}

TEST(Pattern, AgreesWithARegularExpression) {
  std::mt19937 random(42);
  const auto text_of = [&](std::size_t most, std::string_view letters) {
    std::string text;
    for (std::size_t i = random() % (most + 1); i > 0; --i) text += letters[random() % letters.size()];
    return text;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string pattern = text_of(5, "ab*") + "a" + text_of(2, "ab*");
    const bool from_start = random() % 2 == 0;
    const bool to_end = random() % 2 == 0;
    std::string expression = from_start ? "^" : "";
    for (const char c : pattern) expression += c == '*' ? std::string(".*") : std::string(1, c);
    if (to_end) expression += "$";
    const std::string text = text_of(9, "abc");
    const std::string whole = (from_start ? "^" : "") + pattern + (to_end ? "$" : "");
    EXPECT_EQ(matches_pattern(whole, text), std::regex_search(text, std::regex(expression)))
        << whole << " in " << text;
  }
}

}  // namespace
}  // namespace padlock::options
