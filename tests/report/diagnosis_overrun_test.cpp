// What is found in writes past the end and before the start of a block, in its exact words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "report/diagnose/diagnose.h"

#include "said.h"
#include "samples.h"

namespace padlock::report {
namespace {

using core::FaultKind;
using core::Moment;
using said::findings;
using said::overflow;
using samples::about;
using samples::Bytes;
using samples::live_block;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(DiagnoseOverflow, StringTerminator) {
  EXPECT_THAT(
      findings(overflow(24, 24, Bytes{0})),
      ElementsAre("1 byte, NUL, right after the end: an unterminated-string off-by-one. The room for a "
                  "string is strlen() + 1."));
}

TEST(DiagnoseOverflow, OneByteOfAnyValue) {
  EXPECT_THAT(
      findings(overflow(24, 24, "A")),
      ElementsAre("1 byte right after the end, 'A': an off-by-one, such as '<=' for '<' in a loop or the "
                  "length used as an index."));
  EXPECT_THAT(
      findings(overflow(24, 24, Bytes{0x80})),
      ElementsAre("1 byte right after the end, 0x80: an off-by-one, such as '<=' for '<' in a loop or the "
                  "length used as an index."));
}

TEST(DiagnoseOverflow, TextAndItsTerminator) {
  EXPECT_THAT(
      findings(overflow(24, 24, std::string_view("world\0", 6))),
      ElementsAre("The overwriting bytes read 'world' and a NUL: a string longer than the room for it."));
  EXPECT_THAT(findings(overflow(24, 24, "AAAB")), ElementsAre("The overwriting bytes read 'AAAB'."));
}

// Text of one letter is a fill; few zeros may as well be a value.
TEST(DiagnoseOverflow, AFillIsToldOnceAndNotAsText) {
  EXPECT_THAT(
      findings(overflow(25, 25, "AAAA")),
      ElementsAre("All of them are 0x41 ('A'): a memset or a fill loop with a wrong length or start."));
  EXPECT_THAT(findings(overflow(25, 25, Bytes{0, 0, 0, 0, 0, 0, 0, 0})),
              ElementsAre("All of them are 0x00: a null pointer, a zero or the end of a memset."));
  EXPECT_THAT(findings(overflow(25, 25, Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0})),
              ElementsAre("All of them are 0x00: a memset or a fill loop with a wrong length or start."));
}

TEST(DiagnoseOverflow, ABlockOfNoBytes) {
  EXPECT_THAT(
      findings(overflow(0, 0, "x")),
      ElementsAre("The block was asked for with size 0: it has room for nothing. Was the length computed "
                  "as 0?"));
}

TEST(DiagnoseOverflow, TextThatTurnsBinary) {
  EXPECT_THAT(findings(overflow(25, 25, std::string_view("name\x01\x02\x03", 7))),
              ElementsAre("The overwriting bytes begin with the text 'name'."));
  EXPECT_THAT(findings(overflow(25, 25, std::string_view("nam\x01\x02\x03\x04", 7))), IsEmpty());
}

TEST(DiagnoseOverflow, LongTextIsCut) {
  EXPECT_THAT(findings(overflow(25, 25, std::string(10, 'a') + std::string(30, 'b'))),
              ElementsAre("The overwriting bytes read 'aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbb...'."));
}

TEST(DiagnoseOverflow, OneElementTooMany) {
  EXPECT_THAT(
      findings(overflow(40, 40, Bytes{0x2a, 0, 0, 0})),
      ElementsAre("Exactly one 4-byte element past the end of an array of 10: an index or a loop that goes "
                  "one too far. The element's value is 42 (0x2a)."));
  EXPECT_THAT(
      findings(overflow(40, 40, Bytes{1, 2, 0, 0, 0, 0, 0, 0})),
      ElementsAre("Exactly one 8-byte element past the end of an array of 5: an index or a loop that goes "
                  "one too far. The element's value is 513 (0x201)."));
}

TEST(DiagnoseOverflow, SeveralReadingsOfEightBytesAreGivenAsSuch) {
  const auto several = ElementsAre(
      "8 bytes right past the end: one 8-byte element too many of an array of 5, several smaller ones, or "
      "the "
      "first members of a larger element, such as a struct.");
  const auto many = ElementsAre(
      "8 bytes right past the end, which do not read as one value: several elements of an array, or the "
      "first "
      "members of a larger one, such as a struct: an index or a loop that goes too far.");
  const auto one = ElementsAre(HasSubstr("Exactly one 8-byte element"));
  EXPECT_THAT(findings(overflow(40, 40, Bytes{3, 0, 0, 0, 1, 0, 0, 0})), several);
  EXPECT_THAT(findings(overflow(40, 40, Bytes{10, 0, 0, 0, 't', 'a', 'g', 0})), many);
  EXPECT_THAT(findings(overflow(40, 40, Bytes{0x20, 0x50, 0, 0, 0, 0x7f, 0, 0})), one) << "a pointer";
  EXPECT_THAT(findings(overflow(40, 40, Bytes{0, 0, 0, 0, 0, 0, 0xf8, 0x3f})), one) << "1.5";
  EXPECT_THAT(findings(overflow(40, 40, Bytes{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})), one) << "-2";
  EXPECT_THAT(findings(overflow(48, 48, Bytes{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0})),
              ElementsAre(HasSubstr("one 16-byte element too many of an array of 3, several smaller ones")));
}

// What eight bytes are taken for, beside every power of two.
TEST(DiagnoseOverflow, EightBytesAreReadByTheSizeOfTheirNumbers) {
  const auto lies_within = [](std::int64_t value, std::int64_t bound) {
    return -bound <= value && value < bound;
  };
  const auto reading = [&](std::uint64_t word) {
    const auto value = static_cast<std::int64_t>(word);
    const std::uint64_t exponent = word >> 52 & 0x7FF;
    const bool one =
        lies_within(value, std::int64_t{1} << 48) || (exponent >= 1023 - 64 && exponent <= 1023 + 64);
    if (!one) return "do not read as one value";
    const auto lower = static_cast<std::int32_t>(word);
    const auto upper = static_cast<std::int32_t>(word >> 32);
    const bool two = !lies_within(value, std::int64_t{1} << 31) && lies_within(lower, 1 << 23) &&
                     lies_within(upper, 1 << 12);
    return two ? "several smaller ones" : "Exactly one 8-byte element";
  };
  std::vector<std::uint64_t> numbers{0, 0x3ff8000000000000};
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t beside : {0U, 1U}) {
      numbers.push_back((std::uint64_t{1} << bit) - beside);
      numbers.push_back(0 - (std::uint64_t{1} << bit) - beside);
    }
  }
  const std::size_t plain = numbers.size();
  for (std::size_t lower = 0; lower < plain; lower += 3) {
    for (std::size_t upper = 0; upper < plain; upper += 3) {
      numbers.push_back(static_cast<std::uint32_t>(numbers[lower]) | numbers[upper] << 32);
    }
  }
  for (std::uint64_t word : numbers) {
    word |= 1;  // zeros read as a fill, or as a text's end
    std::uint8_t bytes[8];
    std::memcpy(bytes, &word, sizeof bytes);
    const said::Lines lines = findings(overflow(40, 40, std::span<const std::uint8_t>(bytes)));
    ASSERT_FALSE(lines.empty());
    if (lines[0].find("The overwriting bytes") != std::string::npos ||
        lines[0].find("All of them") != std::string::npos)
      continue;
    ASSERT_THAT(lines[0], HasSubstr(reading(word))) << std::hex << word;
  }
}

TEST(DiagnoseOverflow, WhereThePaddingEndsTheWriteMayGoOn) {
  Report report = overflow(24, 24, Bytes{0, 0, 0, 0, 0, 0, 0, 0});
  report.fault.damage.at_least = true;
  EXPECT_THAT(
      findings(report),
      ElementsAre("All of them are 0x00: a null pointer, a zero or the end of a memset.",
                  "The damage reaches the end of the block's padding. Behind it lies a block that was "
                  "allocated later or never yet, or memory that is not in use: the write may have gone "
                  "on there."));
  report.fault.neighbour = live_block(8);
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("All of them are 0x00")));
}

TEST(DiagnoseOverflow, ATextIsQuotedAsFarAsTheDumpShowsIt) {
  const std::string_view whole =
      "with those next to them that may belong to the same write, read 'The name'.";
  Report report = overflow(24, 24, std::string_view("The name"));
  report.fault.damage.length = 4;
  for (std::size_t i = 0; i < 8; ++i)
    report.fault.damage.window.known[report.fault.damage.address - report.fault.damage.window.start + i] =
        false;
  EXPECT_THAT(findings(report), ElementsAre("The overwriting bytes read 'The '."));
  report.fault.damage.at_least = true;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr(std::string(whole)), HasSubstr("may have gone on")));
  // Backwards from a block's first byte.
  report = about(FaultKind::kHeapBufferUnderflow, live_block(24));
  samples::damage(report.fault, -12, std::string_view("??\1\1The name"));
  report.fault.damage.address += 7;
  report.fault.damage.offset += 7;
  report.fault.damage.length = 5;
  report.fault.damage.at_least = true;
  EXPECT_THAT(findings(report), Contains(HasSubstr(std::string(whole))));
}

// Three characters happen by chance.
TEST(DiagnoseOverflow, ATextThatTheDumpShowsHasFourCharactersAtLeast) {
  for (std::size_t size = 2; size <= 6; ++size) {
    Report report = overflow(24, 24, std::string_view("Street").substr(0, size));
    report.fault.damage.length = size - 1;
    report.fault.damage.at_least = true;
    for (std::size_t i = 0; i < size; ++i)
      report.fault.damage.window.known[report.fault.damage.address - report.fault.damage.window.start + i] =
          false;
    const auto lines = findings(report);
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines[0].find("belong to the same write") != std::string::npos, size >= 4) << size << lines[0];
  }
}

TEST(DiagnoseOverflow, NoElementWhereTheSizeDoesNotDivide) {
  EXPECT_THAT(findings(overflow(41, 41, Bytes{0x2a, 1, 0, 0})), IsEmpty());
  EXPECT_THAT(findings(overflow(40, 40, Bytes{0x2a, 1, 0})), IsEmpty());
  EXPECT_THAT(findings(overflow(0, 0, Bytes{0x2a, 1, 0, 0})), IsEmpty());
}

TEST(DiagnoseOverflow, AGapIsToldWithTheIndexItCouldBe) {
  EXPECT_THAT(
      findings(overflow(40, 48, Bytes{0x2a, 0, 0, 0})),
      ElementsAre("The 8 bytes between the end and the damage are untouched: not a copy that ran on but a "
                  "write to a computed place: an index, a stride or a member of a larger struct. As an "
                  "array of 8-byte elements: index 6 of 5."));
  EXPECT_THAT(
      findings(overflow(23, 24, Bytes{0x80})),
      ElementsAre("The byte between the end and the damage is untouched: not a copy that ran on but a write "
                  "to a computed place: an index, a stride or a member of a larger struct."));
}

TEST(DiagnoseOverflow, TrappedAccessHasNoBytesToRead) {
  Report report = about(FaultKind::kHeapBufferOverflow, live_block(4096), Moment::kAccess);
  report.fault.address = samples::kUser + 4096;
  EXPECT_THAT(
      findings(report),
      ElementsAre(
          "It begins exactly at the end: a loop, an index or a copy that goes at least one too far."));
  report.fault.address += 100;
  EXPECT_THAT(
      findings(report),
      ElementsAre(
          "It begins 100 bytes after the end: an index, a stride or a copy length that is too large."));
}

TEST(DiagnoseUnderflow, IndexMinusOneAndFurther) {
  Report report = about(FaultKind::kHeapBufferUnderflow, live_block(24));
  samples::damage(report.fault, -4, Bytes{1, 2, 3, 4});
  EXPECT_THAT(
      findings(report),
      ElementsAre("The damage ends right before the block's first byte: an index of -1, a loop that runs "
                  "backwards too far, or a copy to a pointer that was moved back.",
                  "As an array of 4-byte elements: index -1."));
  samples::damage(report.fault, -16, Bytes{1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(
      findings(report),
      ElementsAre(
          "The bytes right before the block are untouched: a write to a computed place, such as a "
          "negative index; or one that jumped over the padding of the block before, or went through a "
          "stale pointer.",
          "As an array of 8-byte elements: index -2."));
}

}  // namespace
}  // namespace padlock::report
