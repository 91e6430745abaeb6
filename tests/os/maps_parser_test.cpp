// Every form of line that the kernel writes, and some that it does not.
#include "os/maps_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace padlock::os {
namespace {

struct TextSource {
  std::string_view text;
  int next() {
    if (text.empty()) return -1;
    const auto c = static_cast<unsigned char>(text[0]);
    text.remove_prefix(1);
    return c;
  }
};

MapsLine parse_one(std::string_view text) {
  TextSource source{text};
  MapsParser<TextSource> parser(source);
  MapsLine line;
  EXPECT_TRUE(parser.next(line));
  return line;
}

TEST(MapsParser, ReadsEveryField) {
  const MapsLine line =
      parse_one("7f00a000-7f00b000 r-xp 00012000 103:0a 4242                       /usr/lib/libc.so.6\n");
  EXPECT_EQ(line.mapping.begin, 0x7f00a000U);
  EXPECT_EQ(line.mapping.end, 0x7f00b000U);
  EXPECT_TRUE(line.mapping.readable);
  EXPECT_FALSE(line.mapping.writable);
  EXPECT_TRUE(line.mapping.executable);
  EXPECT_EQ(line.file_offset, 0x12000U);
  EXPECT_EQ(line.device, (std::uint64_t{0x103} << 32) | 0x0a);
  EXPECT_EQ(line.inode, 4242U);
  EXPECT_STREQ(line.mapping.path, "/usr/lib/libc.so.6");
  EXPECT_FALSE(line.mapping.stack);
}

TEST(MapsParser, AnonymousMemoryHasNoPathAndNoBase) {
  const MapsLine line = parse_one("1000-2000 rw-s 00000000 00:00 0 \n");
  EXPECT_TRUE(line.mapping.writable);
  EXPECT_FALSE(line.mapping.executable);
  EXPECT_STREQ(line.mapping.path, "");
  EXPECT_EQ(line.mapping.load_base, 0U);
}

TEST(MapsParser, TheStackIsTold) {
  EXPECT_TRUE(parse_one("7ffe0000-7fff0000 rw-p 00000000 00:00 0    [stack]\n").mapping.stack);
  EXPECT_FALSE(parse_one("7ffe0000-7fff0000 rw-p 00000000 00:00 0    [stack\n").mapping.stack);
  EXPECT_FALSE(parse_one("7ffe0000-7fff0000 rw-p 00000000 00:00 0    [stacks]\n").mapping.stack);
}

TEST(MapsParser, PathsMayHoldBlanksAndBeDeleted) {
  EXPECT_STREQ(parse_one("1000-2000 r--p 00000000 08:01 9   /a b/c  d.so (deleted)\n").mapping.path,
               "/a b/c  d.so (deleted)");
}

TEST(MapsParser, OfALongPathTheTailIsKept) {
  const std::string path = "/" + std::string(300, 'x') + "/libend.so";
  const MapsLine line = parse_one("1000-2000 r--p 00000000 08:01 9   " + path + "\n");
  EXPECT_EQ(std::string(line.mapping.path), path.substr(path.size() - 255));
}

TEST(MapsParser, TheLastLineMayLackItsEnd) {
  EXPECT_STREQ(parse_one("1000-2000 r--p 00000000 08:01 9 /x").mapping.path, "/x");
}

TEST(MapsParser, EveryCutLineIsParsedWithoutRunningOn) {
  const std::string whole = "1000-2000 r-xp 00012000 08:01 9   /x\n";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    TextSource source{std::string_view(whole).substr(0, length)};
    MapsParser<TextSource> parser(source);
    MapsLine line;
    EXPECT_TRUE(parser.next(line)) << length;
    EXPECT_FALSE(parser.next(line)) << length;
  }
}

TEST(MapsParser, GarbageLinesAreEmptyMappings) {
  const MapsLine line = parse_one("not a mapping at all\n");
  EXPECT_EQ(line.mapping.begin, line.mapping.end);
}

TEST(MapsParser, LoadBaseIsWhereAModulesFirstMappingBegins) {
  TextSource source{
      "1000-2000 r--p 00000000 08:01 9 /a\n"
      "2000-3000 r-xp 00001000 08:01 9 /a\n"
      "3000-4000 rw-p 00000000 00:00 0 \n"
      "4000-5000 rw-p 00002000 08:01 9 /a\n"
      "5000-6000 r--p 00000000 08:01 7 /b\n"
      "6000-7000 rw-p 00000000 08:01 7 /b\n"  // a tiny module: its data is in its first page
      "9000-a000 r--p 00000000 08:01 7 /b\n"  // loaded a second time
      "a000-b000 r-xp 00001000 08:01 7 /b\n"
      "b000-c000 r-xp 00001000 08:02 7 /c\n"};  // the same inode of another device
  MapsParser<TextSource> parser(source);
  const std::uintptr_t expected[] = {0x1000, 0x1000, 0, 0x1000, 0x5000, 0x5000, 0x9000, 0x9000, 0xb000};
  MapsLine line;
  for (const std::uintptr_t base : expected) {
    ASSERT_TRUE(parser.next(line));
    EXPECT_EQ(line.mapping.load_base, base) << std::hex << line.mapping.begin;
  }
  EXPECT_FALSE(parser.next(line));
}

}  // namespace
}  // namespace padlock::os
