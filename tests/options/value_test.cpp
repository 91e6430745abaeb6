// Values are whole tokens or nothing.
#include "options/value.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace padlock::options {
namespace {

TEST(ParseBool, TakesTheEightWordsOnly) {
  for (const char* word : {"1", "true", "yes", "on"}) EXPECT_EQ(parse_bool(word), true) << word;
  for (const char* word : {"0", "false", "no", "off"}) EXPECT_EQ(parse_bool(word), false) << word;
  for (const char* word : {"", "2", "True", "1 ", "tru", "truee", "|", "1|true"}) {
    EXPECT_EQ(parse_bool(word), std::nullopt) << word;
  }
}

TEST(ParseInt, TakesWholeNumbersOfSixtyFourBits) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("007"), 7);
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_int("-9223372036854775808"), INT64_MIN);
}

TEST(ParseInt, RefusesEverythingElse) {
  for (const char* text :
       {"", "-", "+1", " 1", "1 ", "1k", "0x10", "1.5", "1e3", "--1", "9223372036854775808"}) {
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  }
}

TEST(IsChoice, ComparesWholeWords) {
  EXPECT_EQ(find_choice("fast|exact|none", "fast"), 0U);
  EXPECT_EQ(find_choice("fast|exact|none", "exact"), 1U);
  EXPECT_EQ(find_choice("fast|exact|none", "none"), 2U);
  EXPECT_FALSE(find_choice("fast|exact|none", "fas").has_value());
  EXPECT_FALSE(find_choice("fast|exact|none", "fast|exact").has_value());
  EXPECT_FALSE(find_choice("fast|exact|none", "").has_value());
}

}  // namespace
}  // namespace padlock::options
