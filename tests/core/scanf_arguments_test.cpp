// What conversions of scanf write: by hand, and where a format is refused.
#include "core/examine/scanf_arguments.h"

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdint>
#include <string>
#include <vector>

#include "core/examine/access.h"

namespace padlock::core {
namespace {

using Argument = ScanfArgument::Use;

template <typename Character>
bool is_certain(const Character* format, ...) {
  va_list list;
  va_start(list, format);
  ScanfArgumentsOf<Character> arguments(format, list);
  while (arguments.next()) continue;
  va_end(list);
  return arguments.is_whole();
}

template <typename Character>
std::vector<ScanfArgument> find_written(const Character* format, ...) {
  va_list list;
  va_start(list, format);
  ScanfArgumentsOf<Character> arguments(format, list);
  std::vector<ScanfArgument> found;
  while (const auto argument = arguments.next()) found.push_back(*argument);
  va_end(list);
  return found;
}

char place[16];

ScanfArgument bytes(std::size_t size, int at = 0) { return {Argument::kBytes, place + at, size}; }

TEST(ScanfArguments, NumbersHaveTheSizeOfTheirType) {
  EXPECT_EQ(find_written("%hhd%hd%d%ld%lld%zu%jx%ti%qd%p%f%lf%Lf%a", place, place + 1, place + 2, place + 3,
                         place + 4, place + 5, place + 6, place + 7, place + 8, place + 9, place + 10,
                         place + 11, place + 12, place + 13),
            (std::vector{bytes(1), bytes(2, 1), bytes(4, 2), bytes(8, 3), bytes(8, 4), bytes(8, 5),
                         bytes(8, 6), bytes(8, 7), bytes(8, 8), bytes(8, 9), bytes(4, 10), bytes(8, 11),
                         bytes(sizeof(long double), 12), bytes(4, 13)}));
}

TEST(ScanfArguments, TextIsWrittenWithItsNulAndCharactersAreNot) {
  EXPECT_EQ(find_written("%s %10s %[^]x] %3[a]b %c %7c %ls %lc %S", place, place, place, place, place, place,
                         place, place, place),
            (std::vector<ScanfArgument>{{Argument::kText, place, kUnbounded},
                                        {Argument::kText, place, 10},
                                        {Argument::kText, place, kUnbounded},
                                        {Argument::kText, place, 3},
                                        bytes(1),
                                        {Argument::kField, place, 7},
                                        {Argument::kWideText, place, kUnbounded},
                                        bytes(sizeof(wchar_t)),
                                        {Argument::kWideText, place, kUnbounded}}));
}

TEST(ScanfArguments, LongLongTextIsWideAsWell) {
  EXPECT_EQ(find_written("%lls %4Ls %L[a] %2llc", place, place, place, place),
            (std::vector<ScanfArgument>{{Argument::kWideText, place, kUnbounded},
                                        {Argument::kWideText, place, 4},
                                        {Argument::kWideText, place, kUnbounded},
                                        {Argument::kField, place, 2 * sizeof(wchar_t)}}));
}

TEST(ScanfArguments, NarrowTextOfWideFormatsTakesSixteenBytesACharacterAtMost) {
  EXPECT_EQ(find_written(L"%5s %5ls %d %*[\u20ac] %3c %n", place, place, place + 1, place, place + 2),
            (std::vector<ScanfArgument>{{Argument::kText, place, 80},
                                        {Argument::kWideText, place, 5},
                                        bytes(4, 1),
                                        {Argument::kField, place, 3},
                                        {Argument::kCount, place + 2, 4}}));
}

TEST(ScanfArguments, WhatIsSkippedHasNoArgument) {
  EXPECT_EQ(find_written("%*d %% %*[]a-z] x%*3c%d", place + 2), std::vector{bytes(4, 2)});
}

TEST(ScanfArguments, ABracketAtItsBeginningIsPartOfASet) {
  EXPECT_EQ(find_written("%[]%d]%hd", place, place + 1),
            (std::vector<ScanfArgument>{{Argument::kText, place, kUnbounded}, bytes(2, 1)}));
  EXPECT_EQ(find_written("%[^]%d]%hd", place, place + 1),
            (std::vector<ScanfArgument>{{Argument::kText, place, kUnbounded}, bytes(2, 1)}));
  for (const char* const set : {"%[x]%hd", "%[^x]%hd", "%[]]%hd", "%[^]]%hd", "%[x^]%hd", "%[^^]%hd"}) {
    EXPECT_EQ(find_written(set, place, place + 1),
              (std::vector<ScanfArgument>{{Argument::kText, place, kUnbounded}, bytes(2, 1)}))
        << set;
  }
  for (const char* const open : {"%[]%hd", "%[^]%hd", "%[x%hd"}) EXPECT_FALSE(is_certain(open, place, place));
}

TEST(ScanfArguments, MemoryThatIsAllocatedIsAPointer) {
  EXPECT_EQ(find_written("%ms%m[a]%mc", place, place + 1, place + 2),
            (std::vector{bytes(8), bytes(8, 1), bytes(8, 2)}));
}

TEST(ScanfArguments, ACountIsNoConversion) {
  EXPECT_EQ(find_written("%n%hhn", place, place + 1),
            (std::vector<ScanfArgument>{{Argument::kCount, place, 4}, {Argument::kCount, place + 1, 1}}));
}

// Each length before each letter; 0: glibc takes it for nothing.
TEST(ScanfArguments, EachLengthBeforeEachLetterHasItsSize) {
  struct Sizes {
    const char* length;
    std::size_t integer;
    std::size_t floating;
  };
  constexpr std::size_t kLong = sizeof(long double);
  for (const auto& [length, integer, floating] :
       {Sizes{"", 4, 4}, Sizes{"hh", 1, 0}, Sizes{"h", 2, 0}, Sizes{"l", 8, 8}, Sizes{"ll", 8, kLong},
        Sizes{"L", 8, kLong}, Sizes{"q", 8, kLong}}) {
    for (const char letter : std::string("diouxXaAeEfFgG")) {
      const std::string format = std::string("%") + length + letter;
      const std::size_t size = std::string("diouxX").find(letter) != std::string::npos ? integer : floating;
      const std::vector<ScanfArgument> expected(size == 0 ? 0 : 1, bytes(size));
      EXPECT_EQ(find_written(format.c_str(), place), expected) << format;
      EXPECT_EQ(is_certain(format.c_str(), place), size != 0) << format;
    }
    EXPECT_EQ(find_written((std::string("%") + length + "n").c_str(), place),
              (std::vector<ScanfArgument>{{Argument::kCount, place, integer}}));
  }
}

// In front of letters of text an 'a' is a flag in old programs, and a conversion in new ones.
TEST(ScanfArguments, AnAIsCertainUnlessTextFollows) {
  for (const char next : std::string("sS[")) {
    EXPECT_FALSE(is_certain((std::string("%a") + next + "x]").c_str(), place)) << next;
    EXPECT_TRUE(is_certain((std::string("%f") + next + "x]").c_str(), place)) << next;
  }
  for (const char next : std::string(" cdl%]")) {
    EXPECT_EQ(find_written((std::string("%a") + next).c_str(), place)[0], bytes(4)) << next;
  }
}

TEST(ScanfArguments, WhatIsNotCertainEndsTheList) {
  EXPECT_TRUE(is_certain(L"%d %% %s", place, place));
  EXPECT_FALSE(is_certain(L"%d%1$d%s", place, place));
  EXPECT_EQ(find_written("%d%1$d%d", place, place, place), std::vector{bytes(4)});
  EXPECT_EQ(find_written("%as%d", place, place), std::vector<ScanfArgument>{});
  EXPECT_EQ(find_written("%y%d", place, place), std::vector<ScanfArgument>{});
  EXPECT_EQ(find_written("%[a", place), std::vector<ScanfArgument>{});
  EXPECT_EQ(find_written("%", place), std::vector<ScanfArgument>{});
  EXPECT_EQ(find_written("%99999999999999999999d", place), std::vector<ScanfArgument>{});
}

}  // namespace
}  // namespace padlock::core
