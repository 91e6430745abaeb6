// TextWriter: exact text, bounds, hostile characters.
#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace padlock {
namespace {

TEST(TextWriter, WritesNumbersInFull) {
  char buffer[256];
  TextWriter out(buffer);
  out.decimal(0).append(' ').decimal(UINT64_MAX).append(' ').signed_decimal(INT64_MIN).append(' ');
  out.signed_decimal(-1).append(' ').signed_decimal(7);
  EXPECT_EQ(out.view(), "0 18446744073709551615 -9223372036854775808 -1 7");
}

TEST(TextWriter, WritesHexWithAtLeastTheAskedWidth) {
  char buffer[256];
  TextWriter out(buffer);
  out.hex(0)
      .append(' ')
      .hex(0xab, 4)
      .append(' ')
      .hex(0xabcde, 2)
      .append(' ')
      .hex(1, 99)
      .append(' ')
      .address(0x7f00);
  EXPECT_EQ(out.view(), "0 00ab abcde 0000000000000001 0x7f00");
}

TEST(TextWriter, DropsWhatDoesNotFitAndSaysSo) {
  char buffer[6] = {'#', '#', '#', '#', '#', '#'};
  TextWriter out(std::span(buffer, 5));
  out.append("abc");
  EXPECT_FALSE(out.truncated());
  out.append("def");
  EXPECT_TRUE(out.truncated());
  out.append('x');
  EXPECT_EQ(out.view(), "abcde");
  EXPECT_EQ(buffer[5], '#');
}

TEST(TextWriter, ExactFitIsNotTruncated) {
  char buffer[3];
  TextWriter out(buffer);
  out.append("abc");
  EXPECT_FALSE(out.truncated());
  EXPECT_EQ(out.view(), "abc");
}

TEST(TextWriter, HeldBackRoomIsThereForTheEnding) {
  char buffer[8];
  TextWriter out(buffer);
  out.hold_back(3);
  out.append("abcdefgh").repeat('x', 4);
  EXPECT_EQ(out.view(), "abcde");
  EXPECT_TRUE(out.truncated());
  out.hold_back(0);
  out.append("END");
  EXPECT_EQ(out.view(), "abcdeEND");
  out.hold_back(100);
  out.append("x");
  EXPECT_EQ(out.view(), "abcdeEND");
}

TEST(TextWriter, CStringGivesUpTheLastCharacterWhenFull) {
  char buffer[4];
  TextWriter out(buffer);
  EXPECT_STREQ(out.append("abc").c_str(), "abc");
  EXPECT_FALSE(out.truncated());
  EXPECT_STREQ(out.append('d').c_str(), "abc");
  EXPECT_TRUE(out.truncated());
}

TEST(TextWriter, EmptyBufferIsHarmless) {
  TextWriter out(std::span<char>{});
  EXPECT_STREQ(out.append("a").decimal(5).repeat(' ', 9).c_str(), "");
  EXPECT_TRUE(out.truncated());
}

TEST(TextWriter, ControlCharactersCannotReachATerminal) {
  char buffer[64];
  TextWriter out(buffer);
  out.printable("a\x1b[31m\n\x7f\xc3\xa9");
  EXPECT_EQ(out.view(), "a?[31m??\xc3\xa9");
}

TEST(TextWriter, PadsToAColumn) {
  char buffer[64];
  TextWriter out(buffer);
  out.append("xx");
  const std::size_t start = out.size();
  out.append("abc").pad_to(start, 5).append('|').pad_to(start, 2).append('|');
  EXPECT_EQ(out.view(), "xxabc  ||");
}

}  // namespace
}  // namespace padlock
