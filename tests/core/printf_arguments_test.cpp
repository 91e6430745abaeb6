// Which arguments of a format are found to point to memory, and how long the text may become: against
// glibc's own reading of random formats, and by hand where a format is refused.
#include "core/examine/printf_arguments.h"

#include <gtest/gtest.h>
#include <printf.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace padlock::core {
namespace {

using Use = PrintfArgument::Use;

struct Found {
  std::vector<PrintfArgument> arguments;
  std::size_t longest = 0;
};

Found find(const char* format, ...) {
  va_list list;
  va_start(list, format);
  PrintfArguments arguments(format, list);
  Found found;
  while (const auto argument = arguments.next()) found.arguments.push_back(*argument);
  found.longest = arguments.longest();
  va_end(list);
  return found;
}

const PrintfArgument text(const char* pointer, std::size_t most = SIZE_MAX) {
  return {Use::kText, pointer, most};
}

TEST(PrintfArguments, TextIsFoundBehindArgumentsOfEveryType) {
  const char* const a = "a";
  const char* const b = "b";
  const Found found = find("%s %d%ld%lld%hhd%zu%jd%td %c %p %f %Lf %e %x %% %5d %-*d %.*f %m %s", a, 1, 2L,
                           3LL, 4, std::size_t{5}, std::intmax_t{6}, std::ptrdiff_t{7}, 'c', a, 1.5, 2.5L,
                           3.5, 8U, 9, 10, 11, 2, 4.5, b);
  ASSERT_EQ(found.arguments.size(), 2U);
  EXPECT_EQ(found.arguments[0], text(a));
  EXPECT_EQ(found.arguments[1], text(b));
}

TEST(PrintfArguments, APrecisionBoundsText) {
  const char* const a = "a";
  const Found found = find("%.5s|%.*s|%.*s|%.s|%-10.3s|%*.2s", a, 7, a, -1, a, a, a, 4, a);
  ASSERT_EQ(found.arguments.size(), 6U);
  EXPECT_EQ(found.arguments[0], text(a, 5));
  EXPECT_EQ(found.arguments[1], text(a, 7));
  EXPECT_EQ(found.arguments[2], text(a));
  EXPECT_EQ(found.arguments[3], text(a, 0));
  EXPECT_EQ(found.arguments[4], text(a, 3));
  EXPECT_EQ(found.arguments[5], text(a, 2));
}

TEST(PrintfArguments, WideTextIsFoundWhereItIsWhole) {
  const wchar_t* const wide = L"w";
  const Found found = find("%ls%S%.3ls%.3S%s", wide, wide, wide, wide, "a");
  ASSERT_EQ(found.arguments.size(), 3U);
  EXPECT_EQ(found.arguments[0], (PrintfArgument{Use::kWideText, wide, SIZE_MAX}));
  EXPECT_EQ(found.arguments[1], (PrintfArgument{Use::kWideText, wide, SIZE_MAX}));
  EXPECT_EQ(found.arguments[2].use, Use::kText);
  EXPECT_EQ(found.longest, SIZE_MAX);
}

TEST(PrintfArguments, CountsAreWrittenInTheirSize) {
  char place[8];
  const Found found = find("%n%hhn%hn%ln%lln%zn", place, place, place, place, place, place);
  const std::size_t sizes[] = {4, 1, 2, 8, 8, 8};
  ASSERT_EQ(found.arguments.size(), std::size(sizes));
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    EXPECT_EQ(found.arguments[i], (PrintfArgument{Use::kCount, place, sizes[i]}));
  }
}

// Nothing behind it is looked at: what it takes is not certain.
TEST(PrintfArguments, WhatIsNotCertainEndsTheList) {
  const char* const a = "a";
  for (const char* const format :
       {"%s %Y %s", "%s %2$s %s", "%s %*2$d %s", "%s %.*2$d %s", "%s %hs %s", "%s %llf %s", "%s %qe %s",
        "%s %99999999999d %s", "%s %.-3d %s", "%s %lhd %s", "%s %", "%s %5", "%s %l", "%s %.-3s"}) {
    const Found found = find(format, a, a, a, a);
    EXPECT_EQ(found.arguments.size(), 1U) << format;
    EXPECT_EQ(found.longest, SIZE_MAX) << format;
  }
  EXPECT_TRUE(find("%1$s", a).arguments.empty());
  EXPECT_EQ(find("%1073741824d%s", 1, a).arguments.size(), 1U);
  EXPECT_EQ(find("%1073741825d%s", 1, a).arguments.size(), 0U);
  EXPECT_EQ(find("%'d%s", 1, a).arguments.size(), 1U);
  EXPECT_EQ(find("%'d%s", 1, a).longest, SIZE_MAX) << "grouping";
}

TEST(PrintfArguments, PlainTextIsAsLongAsItIs) {
  EXPECT_EQ(find("").longest, 0U);
  EXPECT_EQ(find("plain").longest, 5U);
  EXPECT_EQ(find("50%% off").longest, 7U);
  EXPECT_EQ(find("%s, %5s", "", "").longest, 7U) << "a width counts whole, whatever the text";
}

// A random conversion whose argument is read the same from nothing but words: integers and pointers.
class Formats {
 public:
  explicit Formats(unsigned seed) : random_(seed) {}

  std::string make() {
    std::string format;
    for (unsigned n = below(6); n > 0; --n) {
      format += "ab";
      format += conversion();
    }
    return format + "z";
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }
  std::string conversion() {
    std::string text = "%";
    for (const char flag : {'-', '+', ' ', '#', '0'}) {
      if (below(6) == 0) text += flag;
    }
    if (below(3) == 0) text += std::to_string(1 + below(90));
    if (below(3) == 0) text += "." + std::to_string(below(90));
    constexpr const char* kLetters[] = {"d",  "i",  "u",  "o", "x", "X", "ld", "lu", "zu", "hd", "hhd",
                                        "lx", "jd", "td", "c", "s", "%", "p",  "s",  "n",  "ln", "hhn"};
    return text + kLetters[below(std::size(kLetters))];
  }

  std::minstd_rand random_;
};

TEST(PrintfArguments, RandomFormatsAreReadAsGlibcReadsThem) {
  Formats formats(7);
  // Each is a string, a place to count into, and a number.
  static char places[8][64];
  for (auto& place : places) std::snprintf(place, sizeof place, "text");
  for (int round = 0; round < 20'000; ++round) {
    const std::string format = formats.make();
    int types[16] = {};
    const std::size_t count = parse_printf_format(format.c_str(), std::size(types), types);
    ASSERT_LE(count, std::size(places));
    std::vector<const void*> expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (types[i] == PA_STRING || (types[i] & PA_FLAG_PTR) != 0) expected.push_back(places[i]);
    }
    const auto* const p = places;
    const Found found = find(format.c_str(), p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
    ASSERT_EQ(found.arguments.size(), expected.size()) << format;
    std::size_t strings = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(found.arguments[i].pointer, expected[i]) << format;
      if (found.arguments[i].use == Use::kText) strings += 4;
    }
    char made[4096];
    const int length =
        std::snprintf(made, sizeof made, format.c_str(), p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
    ASSERT_GE(found.longest + strings, static_cast<std::size_t>(length)) << format;
    for (auto& place : places) std::snprintf(place, sizeof place, "text");
  }
}

TEST(PrintfArguments, NumbersAreNotLongerThanTheirBound) {
  char made[8192];
  const auto expect = [&](const char* format, auto value) {
    EXPECT_GE(find(format, value).longest,
              static_cast<std::size_t>(std::snprintf(made, sizeof made, format, value)))
        << format;
  };
  for (const char* const format : {"%f", "%.90f", "%400.3f", "%e", "%g", "%a", "%#.60a", "%F", "%+.0f"}) {
    expect(format, -1.7976931348623157e308);
    expect(format, 4.9e-324);
  }
  for (const char* const format : {"%Lf", "%.90Lf", "%Le", "%La"})
    expect(format, -1.18973149535723176502e4932L);
  for (const char* const format : {"%ld", "%+.40ld", "%#lo", "%#lx", "%lu", "%60ld"})
    expect(format, INT64_MIN);
}

}  // namespace
}  // namespace padlock::core
