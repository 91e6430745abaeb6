// What the formats of printf have read and written, in blocks of each kind: the arguments, the text that is
// made, and arguments that lie where it goes.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "heard_calls.h"
#include "runtime/interposed/glance.h"

namespace padlock::runtime::format_call_checks {
namespace {

constexpr std::size_t kSize = 10;

class FormatCallTest : public HeardCalls {
 protected:
  // As sprintf and snprintf are looked at: up to `most` bytes at `to`.
  [[gnu::noinline]] std::string formatted(char* to, std::size_t most, const char* format, ...) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    va_list list;
    va_start(list, format);
    errno = 77;
    site.formats_to(to, most, format, list);
    EXPECT_EQ(errno, 77);
    va_end(list);
    return heard();
  }
  [[gnu::noinline]] std::string printed(const char* format, ...) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    va_list list;
    va_start(list, format);
    site.formats(format, list);
    va_end(list);
    return heard();
  }
  // A text of that length in the tail.
  static char* put(const Tail& tail, std::size_t offset, std::size_t length) {
    std::memset(tail.begin, 'x', tail.size);
    if (offset + length < tail.size) tail.begin[offset + length] = '\0';
    return tail.begin + offset;
  }
};

TEST_F(FormatCallTest, TextMustEndInItsBlockOrAtItsPrecision) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset < kSize; ++offset) {
      const std::size_t room = kSize - offset;
      const char* text = put(tail, offset, room);
      EXPECT_EQ(printed("%d %s", 1, text), past_end(tail, "reads", room + 1, offset));
      EXPECT_EQ(printed("%.*s", static_cast<int>(room), text), "");
      EXPECT_EQ(printed("%.*s", static_cast<int>(room + 1), text), past_end(tail, "reads", room + 1, offset));
      text = put(tail, offset, room - 1);
      EXPECT_EQ(printed("%s %s", text, text), "");
    }
  }
}

TEST_F(FormatCallTest, WideTextMustEndInItsBlock) {
  for (const Tail& tail : tails(12)) {
    auto* const text = reinterpret_cast<wchar_t*>(tail.begin);
    for (int i = 0; i < 3; ++i) text[i] = L'x';
    EXPECT_EQ(printed("%ls", text), past_end(tail, "reads", 16, 0));
    text[2] = L'\0';
    EXPECT_EQ(printed("%ls", text), "");
  }
}

TEST_F(FormatCallTest, ACountIsWritten) {
  for (const Tail& tail : tails(7)) {
    EXPECT_EQ(printed("%n", tail.begin), "");
    EXPECT_EQ(printed("abc%ln", tail.begin), past_end(tail, "writes", 8, 0));
    EXPECT_EQ(printed("%hn", tail.begin + 5), "");
    EXPECT_EQ(printed("%hhn%hn", tail.begin + 6, tail.begin + 6), past_end(tail, "writes", 2, 6));
  }
}

TEST_F(FormatCallTest, TheFormatIsReadToo) {
  for (const Tail& tail : tails(kSize)) {
    std::memcpy(tail.begin, "%d %d %s!", kSize);
    EXPECT_EQ(printed(tail.begin, 1, 2, "x"), "");
    EXPECT_EQ(printed(tail.begin, 1, 2, "x"), "");
  }
  const Tail small = tail(BlockKind::kSmall, 5);
  EXPECT_EQ(printed(small.begin), past_end(small, "reads", 6, 0));
  const LibraryCall site(call(), __builtin_frame_address(0));
  site.reads_format(small.begin);
  EXPECT_EQ(heard(), past_end(small, "reads", 6, 0));
}

TEST_F(FormatCallTest, TheTextThatIsMadeMustFit) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset < kSize; ++offset) {
      char* const to = tail.begin + offset;
      for (std::size_t length = 0; length <= kSize + 2; ++length) {
        const std::string text(length, 'a');
        const auto written = [&](std::size_t most) {
          const std::size_t size = std::min(length + 1, most);
          return offset + size > kSize ? past_end(tail, "writes", size, offset) : "";
        };
        EXPECT_EQ(formatted(to, SIZE_MAX, "%s", text.c_str()), written(SIZE_MAX));
        EXPECT_EQ(formatted(to, SIZE_MAX, text.c_str()), written(SIZE_MAX));
        EXPECT_EQ(formatted(to, SIZE_MAX, "%*d", static_cast<int>(length), 1),
                  length == 0 && offset == kSize - 1 ? past_end(tail, "writes", 2, offset)
                  : length == 0                      ? ""
                                                     : written(SIZE_MAX));
        for (const std::size_t most : {std::size_t{0}, std::size_t{1}, kSize - offset, kSize - offset + 1,
                                       kSize + 1, std::size_t{100}}) {
          EXPECT_EQ(formatted(to, most, "%s", text.c_str()), written(most)) << length << " of " << most;
          EXPECT_EQ(formatted(to, most, "%.*s", static_cast<int>(length), "aaaaaaaaaaaaaaaaaa"),
                    written(most));
        }
      }
    }
  }
}

TEST_F(FormatCallTest, AllPartsOfTheTextCount) {
  for (const Tail& tail : tails(kSize)) {
    char* const to = tail.begin;
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s-%s", "abcd", "efgh"), "");
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s--%s", "abcd", "efgh"), past_end(tail, "writes", 11, 0));
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s-%s", "abcde", "efgh"), past_end(tail, "writes", 11, 0));
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s%s", "", "123456789"), "");
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s%d", "12345678", 9), "");
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s%d", "12345678", 10), past_end(tail, "writes", 11, 0));
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s%s", static_cast<const char*>(nullptr), "123"), "");
    EXPECT_EQ(formatted(to, SIZE_MAX, "%s%s", static_cast<const char*>(nullptr), "1234"),
              past_end(tail, "writes", 11, 0));
    EXPECT_EQ(formatted(to, SIZE_MAX, "%ls", L"123456789"), "");
    EXPECT_EQ(formatted(to, SIZE_MAX, "%ls", L"1234567890"), past_end(tail, "writes", 11, 0));
  }
}

TEST_F(FormatCallTest, AnArgumentMustNotLieWhereTheTextGoes) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t to = 0; to < kSize; ++to) {
      for (std::size_t from = 0; from < kSize; ++from) {
        for (std::size_t length = 0; from + length < kSize; ++length) {
          put(tail, from, length);
          const std::size_t size = length + 2;  // with the dash and the NUL
          std::string report;
          // Behind the text it is not touched.
          const bool reached = from < to ? from + length >= to : from - to < size;
          if (reached) {
            const std::size_t apart = to > from ? to - from : from - to;
            report = "overlapping-copy: memcpy() copies " + in_bytes(size) + " from offset " +
                     std::to_string(tail.ahead + from) + " to offset " + std::to_string(tail.ahead + to) +
                     " of " + tail.block() + ": ";
            const std::size_t shared = size - apart;
            report += in_bytes(shared) + (shared == 1 ? " overlaps\n" : " overlap\n");
          }
          if (to + size > kSize) report += past_end(tail, "writes", size, to);
          EXPECT_EQ(formatted(tail.begin + to, SIZE_MAX, "-%s", tail.begin + from), report)
              << to << ", " << from << ", " << length;
        }
      }
    }
  }
}

TEST_F(FormatCallTest, AnArgumentThatIsAllOfTheTextMustNotOverlapEither) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t to = 0; to < 6; ++to) {
      for (std::size_t from = 0; from < 6; ++from) {
        put(tail, from, 3);
        const std::size_t apart = to > from ? to - from : from - to;
        // In front of it the NUL is read as well.
        EXPECT_EQ(formatted(tail.begin + to, SIZE_MAX, "%s", tail.begin + from),
                  apart != 0 && apart < 4 ? overlapping(tail, 4, to, from) : "")
            << to << ", " << from;
      }
    }
  }
}

TEST_F(FormatCallTest, AFirstArgumentMayBeAppendedTo) {
  for (const Tail& tail : tails(kSize)) {
    put(tail, 0, 3);
    EXPECT_EQ(formatted(tail.begin, kSize + 1, "%s%s", tail.begin, "abc"), "");
    EXPECT_EQ(formatted(tail.begin, SIZE_MAX, "%s", tail.begin), "");
    EXPECT_EQ(formatted(tail.begin, SIZE_MAX, "%s%s", "ab", tail.begin), overlapping(tail, 6, 0, 0));
    EXPECT_EQ(formatted(tail.begin, SIZE_MAX, "%d%s", 1, tail.begin), overlapping(tail, 5, 0, 0));
    EXPECT_EQ(formatted(tail.begin, SIZE_MAX, "%s%s", tail.begin, tail.begin), overlapping(tail, 7, 0, 0));
  }
}

TEST_F(FormatCallTest, WhatIsCutOffReachesNoArgument) {
  for (const Tail& tail : tails(kSize)) {
    put(tail, 5, 3);
    EXPECT_EQ(formatted(tail.begin, 5, "abcdefgh%s", tail.begin + 5), "");
    EXPECT_EQ(formatted(tail.begin, 6, "abcdefgh%s", tail.begin + 5), overlapping(tail, 6, 0, 5));
    EXPECT_EQ(formatted(nullptr, 0, "%s", tail.begin + 5), "");
    EXPECT_EQ(formatted(tail.begin, 0, "%s", tail.begin + 5), "");
    EXPECT_EQ(formatted(tail.begin + 6, 0, "%s", tail.begin + 5), "");
    char outside[20];
    EXPECT_EQ(formatted(outside, SIZE_MAX, "%s", outside), "");
  }
}

TEST_F(FormatCallTest, NothingIsLookedAtWhereTheOptionsSaySo) {
  const Tail small = tail(BlockKind::kSmall, 5);
  settings.options.intercept = false;
  EXPECT_EQ(printed("%s%n", small.begin, small.begin + 4), "");
  settings.options.intercept = true;
  Glance<Sight::kNear> near;
  near.formats("");
  EXPECT_TRUE(near.shows_too_little());
}

TEST_F(FormatCallTest, LettersOfTheProgramsOwnEndAllLooks) {
  const Tail small = tail(BlockKind::kSmall, 5);
  const auto changed = [&] {
    LibraryCall::changes_formats();
    _exit(printed("%s", small.begin).empty() ? 0 : 1);
  };
  EXPECT_EXIT(changed(), testing::ExitedWithCode(0), "");
  EXPECT_EQ(printed("%s", small.begin), past_end(small, "reads", 6, 0));
}

}  // namespace
}  // namespace padlock::runtime::format_call_checks
