// What calls of scanf have written, in blocks of each kind: of as many conversions as have succeeded. Wide
// ones, behind whose narrow words glibc writes a NUL too many, go by way of pages: the program gets what it
// would have got in a block with room for that.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cwchar>
#include <string>

#include "heard_calls.h"
#include "kernel.h"
#include "runtime/interposed/scan_room.h"

namespace padlock::runtime::scan_call_checks {
namespace {

class ScanCallTest : public HeardCalls {
 protected:
  // After a call that has succeeded for so many arguments.
  [[gnu::noinline]] std::string scanned(int assigned, const char* format, ...) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    va_list list;
    va_start(list, format);
    ScanRoom room(format, list, nullptr);
    EXPECT_FALSE(room.is_needed());
    site.scanned(format, list, assigned, room);
    room.end(site);
    va_end(list);
    return heard();
  }
  // What swscanf does, looked at as it is. The result, and what is reported.
  [[gnu::noinline]] std::string scan(const wchar_t* input, const wchar_t* format, ...) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    va_list again;
    va_start(again, format);
    va_list list;
    va_copy(list, again);
    errno = 77;
    ScanRoom room(format, again, is_stream_ ? nullptr : input);
    EXPECT_EQ(errno, 77);
    is_by_pages_ = room.is_needed();
    if (room.is_needed()) room.redirect(list);
    const int result = std::vswscanf(input, format, list);
    va_end(list);
    site.scanned(format, again, result, room);
    errno = 77;
    room.end(site);
    EXPECT_EQ(errno, 77);
    va_end(again);
    return std::to_string(result) + "\n" + heard();
  }

  bool is_stream_ = false;    // how long the input is, is not known before
  bool is_by_pages_ = false;  // the latest scan
};

TEST_F(ScanCallTest, EachConversionThatSucceededWritesItsBytes) {
  for (const Tail& tail : tails(3)) {
    const std::string four = past_end(tail, "writes", 4, 0);
    EXPECT_EQ(scanned(1, "%hd", tail.begin + 1), "");
    EXPECT_EQ(scanned(1, "%d", tail.begin), four);
    EXPECT_EQ(scanned(0, "%d", tail.begin), "");
    EXPECT_EQ(scanned(-1, "%d", tail.begin), "");
    int other = 0;
    EXPECT_EQ(scanned(1, "%d %d", &other, tail.begin), "");
    EXPECT_EQ(scanned(2, "%d %d", &other, tail.begin), four);
    EXPECT_EQ(scanned(2, "%*d %d %d", &other, tail.begin), four);
    EXPECT_EQ(scanned(5, "%d", tail.begin), four);
    EXPECT_EQ(scanned(5, "%hd %y %d", tail.begin, tail.begin), "");
    // A count is no conversion, and behind the last one it may not have been come to.
    EXPECT_EQ(scanned(1, "%n %hd", tail.begin, tail.begin), four);
    EXPECT_EQ(scanned(1, "%hd %n", tail.begin, tail.begin), "");
    EXPECT_EQ(scanned(2, "%n %hd %d", &other, &other, tail.begin), four);
    EXPECT_EQ(scanned(2, "%hd %n %hd", tail.begin, tail.begin, tail.begin), four);
  }
}

TEST_F(ScanCallTest, OfTheLastFieldOneByteIsCertain) {
  for (const Tail& tail : tails(3)) {
    int other = 0;
    EXPECT_EQ(scanned(1, "%4c", tail.begin), "");
    EXPECT_EQ(scanned(1, "%4c", tail.begin + 3), past_end(tail, "writes", 1, 3));
    EXPECT_EQ(scanned(2, "%4c %d", tail.begin, &other), past_end(tail, "writes", 4, 0));
    EXPECT_EQ(scanned(2, "%3c %d", tail.begin, &other), "");
    EXPECT_EQ(scanned(1, "%4c %n", tail.begin, &other), "");
  }
}

TEST_F(ScanCallTest, AWordIsWrittenWithItsNul) {
  for (const Tail& tail : tails(5)) {
    std::memcpy(tail.begin, "abcd", 5);
    EXPECT_EQ(scanned(1, "%s", tail.begin), "");
    EXPECT_EQ(scanned(1, "%4s", tail.begin), "");
    std::memcpy(tail.begin, "abcde", 5);
    EXPECT_EQ(scanned(1, "%3s", tail.begin), "");  // its NUL may have been written over since
    EXPECT_EQ(scanned(1, "%4s", tail.begin), "");
    EXPECT_EQ(scanned(1, "%5s", tail.begin), past_end(tail, "writes", 6, 0));
    EXPECT_EQ(scanned(1, "%[a-z]", tail.begin + 6 - 6).empty(), false);
    EXPECT_EQ(scanned(2, "%5s%c", tail.begin, tail.begin + 4), "");
    EXPECT_EQ(scanned(2, "%5s%c", tail.begin, tail.begin + 1), "");
    char other = 0;
    EXPECT_EQ(scanned(2, "%5s%c", tail.begin, &other), past_end(tail, "writes", 6, 0));
    EXPECT_EQ(scanned(2, "%c%5s", tail.begin, tail.begin), past_end(tail, "writes", 6, 0));
    EXPECT_EQ(scanned(2, "%4s%5c", tail.begin, tail.begin), "");
    EXPECT_EQ(scanned(2, "%2s%5c", tail.begin + 2, tail.begin), "");
    EXPECT_EQ(scanned(3, "%2s%d%c", tail.begin + 3, tail.begin, &other), "");
    EXPECT_EQ(scanned(2, "%2s%2c", tail.begin + 3, tail.begin + 1), past_end(tail, "writes", 3, 3));
    EXPECT_EQ(scanned(2, "%2s%4s", tail.begin + 3, tail.begin + 1),
              past_end(tail, "writes", 3, 3) + past_end(tail, "writes", 5, 1));
  }
}

TEST_F(ScanCallTest, WhatIsBehindABlockIsNotLookedAt) {
  for (const Tail& tail : tails(5)) {
    EXPECT_EQ(scanned(2, "%9s%c", tail.begin, tail.begin + 4), "");
  }
}

TEST_F(ScanCallTest, WhatLiesBehindTheBlockIsNoneOfItsArguments) {
  for (const Tail& tail : tails(5)) {
    EXPECT_EQ(scanned(2, "%5s%c", tail.begin, tail.begin + 5),
              past_end(tail, "writes", 6, 0) + past_end(tail, "writes", 1, 5));
  }
}

TEST_F(ScanCallTest, NarrowFormatsReadWideWordsToo) {
  for (const Tail& tail : tails(12)) {
    auto* const text = reinterpret_cast<wchar_t*>(tail.begin);
    std::wmemcpy(text, L"ab", 3);
    EXPECT_EQ(scanned(1, "%ls", text), "");
    text[2] = L'c';
    EXPECT_EQ(scanned(1, "%2ls", text), "");
    EXPECT_EQ(scanned(1, "%3ls", text), past_end(tail, "writes", 16, 0));
  }
}

TEST_F(ScanCallTest, NothingIsLookedAtWhereTheOptionsSaySo) {
  const Tail small = tail(BlockKind::kSmall, 3);
  settings.options.intercept = false;
  EXPECT_EQ(scanned(1, "%d", small.begin), "");
  settings.options.intercept = true;
}

TEST_F(ScanCallTest, WideWordsFillABlockExactly) {
  for (const Tail& tail : tails(5)) {
    for (const bool stream : {false, true}) {
      is_stream_ = stream;
      std::memset(tail.begin, 'x', 5);
      EXPECT_EQ(scan(L"abcd ef", L"%s", tail.begin), "1\n");
      EXPECT_TRUE(is_by_pages_);
      EXPECT_EQ(std::string(tail.begin, 5), std::string("abcd\0", 5));
      std::memset(tail.begin, 'x', 5);
      EXPECT_EQ(scan(L"abcdef", L"%4s", tail.begin), "1\n");
      EXPECT_TRUE(is_by_pages_);
      EXPECT_EQ(std::string(tail.begin, 5), std::string("abcd\0", 5));
    }
    is_stream_ = false;
  }
}

// A character has up to 16 bytes, and behind them two NULs may be written.
TEST_F(ScanCallTest, WhereThereIsRoomForAllTheCallWritesDirectly) {
  for (const std::size_t size : {std::size_t{17}, std::size_t{18}}) {
    for (const Tail& tail : tails(size)) {
      is_stream_ = false;
      EXPECT_EQ(scan(L"a", L"%s", tail.begin), "1\n");
      EXPECT_EQ(is_by_pages_, size == 17);
      is_stream_ = true;
      EXPECT_EQ(scan(L"ab", L"%1s", tail.begin), "1\n");
      EXPECT_EQ(is_by_pages_, size == 17);
      EXPECT_EQ(scan(L"a", L"%s", tail.begin), "1\n");
      EXPECT_TRUE(is_by_pages_);
      EXPECT_STREQ(tail.begin, "a");
    }
  }
}

TEST_F(ScanCallTest, ThePagesAreGivenBack) {
  const Tail block = tail(BlockKind::kSmall, 5);
  EXPECT_EQ(scan(L"abcd", L"%s", block.begin), "1\n");  // the first one may map something of libc's
  const std::size_t mapped = pages_mapped();
  EXPECT_EQ(scan(L"abcd", L"%s", block.begin), "1\n");
  EXPECT_TRUE(is_by_pages_);
  EXPECT_EQ(pages_mapped(), mapped);
}

// What is behind the block stays, and what the call did not write as well.
TEST_F(ScanCallTest, OnlyWhatTheCallWroteComesBack) {
  for (const Tail& tail : tails(9)) {
    std::memcpy(tail.begin, "123456789", 9);
    EXPECT_EQ(scan(L"ab", L"%s", tail.begin + 3), "1\n");
    EXPECT_TRUE(is_by_pages_);
    EXPECT_EQ(std::string(tail.begin, 9), std::string("123ab\0\0"
                                                      "89",
                                                      9));
    // Nothing was assigned, but something was written.
    std::memcpy(tail.begin, "123456789", 9);
    EXPECT_EQ(scan(L"ab", L"%c%c%c%s", tail.begin, tail.begin + 1, tail.begin + 2, tail.begin + 3), "2\n");
    EXPECT_EQ(std::string(tail.begin, 9), "ab3456789");
    EXPECT_EQ(scan(L"", L"%s", tail.begin), "-1\n");
    EXPECT_EQ(std::string(tail.begin, 9), "ab3456789");
  }
}

TEST_F(ScanCallTest, AWordThatIsTooLongIsReportedOnceAndWritten) {
  for (const Tail& tail : tails(5)) {
    const bool open = tail.kind == BlockKind::kSmall;
    char kept[4] = {};
    if (open) std::memcpy(kept, tail.begin + 5, sizeof kept);
    for (const bool stream : {false, true}) {
      is_stream_ = stream;
      for (std::size_t length = 5; length <= 7; ++length) {
        const std::wstring word(length, L'a');
        std::memset(tail.begin, 'x', 5);
        EXPECT_EQ(scan(word.c_str(), L"%s", tail.begin), "1\n" + past_end(tail, "writes", length + 1, 0));
        EXPECT_TRUE(is_by_pages_);
        EXPECT_EQ(std::string(tail.begin, 5), "aaaaa");
        if (open) {
          EXPECT_EQ(std::string(tail.begin, length + 1), std::string(length, 'a') + '\0');
          EXPECT_EQ(std::string(tail.begin + length + 1, tail.begin + 9),
                    std::string(kept + length - 4, kept + 4));
          std::memcpy(tail.begin + 5, kept, sizeof kept);
        }
        EXPECT_EQ(scan(word.c_str(), L"%5s", tail.begin), "1\n" + past_end(tail, "writes", 6, 0));
        if (open) std::memcpy(tail.begin + 5, kept, sizeof kept);
      }
    }
    is_stream_ = false;
  }
}

TEST_F(ScanCallTest, OfTwoWordsAtOnePlaceTheLaterOneIsReported) {
  for (const Tail& tail : tails(8)) {
    char kept[8] = {};
    const bool open = tail.kind == BlockKind::kSmall;
    if (open) std::memcpy(kept, tail.begin + 8, sizeof kept);
    EXPECT_EQ(scan(L"abcdefghi abcdefghijk", L"%9s %11s", tail.begin, tail.begin),
              "2\n" + past_end(tail, "writes", 12, 0));
    if (open) {
      EXPECT_EQ(std::string(tail.begin, 12), std::string("abcdefghijk\0", 12));
      std::memcpy(tail.begin + 8, kept, sizeof kept);
    }
  }
}

TEST_F(ScanCallTest, ArgumentsOfOneBlockSeeEachOther) {
  for (const Tail& tail : tails(9)) {
    std::memset(tail.begin, 'x', 9);
    EXPECT_EQ(scan(L"abc defgh", L"%s %s", tail.begin, tail.begin + 3), "2\n");
    EXPECT_TRUE(is_by_pages_);
    EXPECT_EQ(std::string(tail.begin, 9), std::string("abcdefgh\0", 9));
    // The second one is in front of the first.
    std::memset(tail.begin, 'x', 9);
    EXPECT_EQ(scan(L"defgh abc", L"%s %3c", tail.begin + 3, tail.begin), "2\n");
    EXPECT_EQ(std::string(tail.begin, 9), std::string("abcdefgh\0", 9));
    // A character over the NUL.
    std::memset(tail.begin, 'x', 9);
    EXPECT_EQ(scan(L"abcdefghi", L"%8s%c", tail.begin, tail.begin + 8), "2\n");
    EXPECT_EQ(std::string(tail.begin, 9), "abcdefghi");
    int count = 0;
    EXPECT_EQ(scan(L"abcdefgh 7", L"%s %d", tail.begin, &count), "2\n");
    EXPECT_TRUE(is_by_pages_);
    EXPECT_EQ(count, 7);
  }
}

// The later one writes over the other, of which a part lies in front.
TEST_F(ScanCallTest, TheLatestArgumentWins) {
  for (const Tail& tail : tails(9)) {
    EXPECT_EQ(scan(L"defgh ABCDEFGH", L"%s %8c", tail.begin + 3, tail.begin), "2\n");
    EXPECT_TRUE(is_by_pages_);
    EXPECT_EQ(std::string(tail.begin, 9), std::string("ABCDEFGH\0", 9));
    EXPECT_EQ(scan(L"defgh ABCDEF", L"%s %6s", tail.begin + 3, tail.begin), "2\n");
    EXPECT_EQ(std::string(tail.begin, 7), std::string("ABCDEF\0", 7));
  }
}

// A character that the C locale does not have ends the call.
TEST_F(ScanCallTest, AWordThatAnErrorCutsOffWasWrittenAllTheSame) {
  for (const Tail& tail : tails(5)) {
    const bool open = tail.kind == BlockKind::kSmall;
    char kept[4] = {};
    if (open) std::memcpy(kept, tail.begin + 5, sizeof kept);
    EXPECT_EQ(scan(L"aaaaaaa\x20ac", L"%s", tail.begin), "0\n" + past_end(tail, "writes", 7, 0));
    EXPECT_EQ(std::string(tail.begin, 5), "aaaaa");
    if (open) {
      EXPECT_EQ(std::string(tail.begin + 5, 4), "aa" + std::string(kept + 2, 2));
      std::memcpy(tail.begin + 5, kept, sizeof kept);
    }
    EXPECT_EQ(scan(L"aa\x20ac", L"%s", tail.begin), "0\n");
  }
}

TEST_F(ScanCallTest, OfTwoWordsTheLongerOneHasRoom) {
  is_stream_ = true;
  const std::wstring word(9000, L'a');
  for (const BlockKind kind : {BlockKind::kGuarded, BlockKind::kLarge}) {
    const Tail block = tail(kind, 5);
    const std::string report = past_end(block, "writes", 9001, 3);
    EXPECT_EQ(scan((L"b " + word).c_str(), L"%1s %s", block.begin, block.begin + 3), "2\n" + report);
    EXPECT_EQ(scan((word + L" b").c_str(), L"%s %1s", block.begin + 3, block.begin), "2\n" + report);
    EXPECT_EQ(std::string(block.begin, 5), std::string("b\0\0aa", 5));
  }
}

TEST_F(ScanCallTest, WhereThereIsNoRoomAtAllTheCallWritesDirectly) {
  for (const Tail& tail : tails(5)) {
    EXPECT_EQ(scan(L"", L"%s", tail.begin + 5), "-1\n");
    EXPECT_FALSE(is_by_pages_);
  }
}

TEST_F(ScanCallTest, SeveralBlocksAreFilledAtOnce) {
  for (const BlockKind kind : {BlockKind::kSmall, BlockKind::kGuarded, BlockKind::kLarge}) {
    Tail blocks[8];
    for (std::size_t i = 0; i < 8; ++i) blocks[i] = tail(kind, i + 2);
    EXPECT_EQ(scan(L"1 12 123 1234 12345 123456 1234567 12345678", L"%s %s %s %s %s %s %s %s",
                   blocks[0].begin, blocks[1].begin, blocks[2].begin, blocks[3].begin, blocks[4].begin,
                   blocks[5].begin, blocks[6].begin, blocks[7].begin),
              "8\n");
    EXPECT_TRUE(is_by_pages_);
    for (std::size_t i = 0; i < 8; ++i) EXPECT_STREQ(blocks[i].begin, std::string("12345678", i + 1).c_str());
  }
}

TEST_F(ScanCallTest, MoreBlocksThanThereArePlacesForAreWrittenDirectly) {
  Tail blocks[9];
  for (Tail& block : blocks) block = tail(BlockKind::kSmall, 3);
  const auto scan_many = [&](const wchar_t* format) {
    return scan(L"1 1 1 1 1 1 1 1 1", format, blocks[0].begin, blocks[1].begin, blocks[2].begin,
                blocks[3].begin, blocks[4].begin, blocks[5].begin, blocks[6].begin, blocks[7].begin,
                blocks[8].begin);
  };
  EXPECT_EQ(scan_many(L"%2s %2s %2s %2s %2s %2s %2s %2s"), "8\n");
  EXPECT_TRUE(is_by_pages_);
  EXPECT_EQ(scan_many(L"%2s %2s %2s %2s %2s %2s %2s %2s %2s"), "9\n");
  EXPECT_FALSE(is_by_pages_);
}

TEST_F(ScanCallTest, MoreArgumentsThanThereArePlacesForAreWrittenDirectly) {
  const Tail block = tail(BlockKind::kSmall, 3);
  char c[32];
  std::wstring format = L"%2s";
  for (int i = 0; i < 31; ++i) format += L"%c";
  const auto scan_many = [&] {
    return scan(L"1", format.c_str(), block.begin, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c,
                c, c, c, c, c, c, c, c, c, c, c, c);
  };
  EXPECT_EQ(scan_many(), "1\n");
  EXPECT_TRUE(is_by_pages_);
  format += L"%c";
  EXPECT_EQ(scan_many(), "1\n");
  EXPECT_FALSE(is_by_pages_);
}

TEST_F(ScanCallTest, AFormatThatIsNotCertainIsWrittenDirectly) {
  const Tail block = tail(BlockKind::kSmall, 3);
  EXPECT_EQ(scan(L"1 2", L"%2s%y", block.begin), "1\n");
  EXPECT_FALSE(is_by_pages_);
}

TEST_F(ScanCallTest, LongBlocksHaveTheirPages) {
  for (std::size_t size = 4096 - 80; size <= 4096 + 16; size += 8) {
    const Tail block = tail(BlockKind::kSmall, size);
    const std::wstring word(size - 1, L'a');
    EXPECT_EQ(scan(word.c_str(), L"%s", block.begin), "1\n");
    EXPECT_TRUE(is_by_pages_);
    EXPECT_EQ(std::string(block.begin, size), std::string(size - 1, 'a') + '\0') << size;
  }
}

TEST_F(ScanCallTest, AWordWithoutABoundIsCopiedToShortBlocksOnly) {
  constexpr std::size_t kLongest = std::size_t{64} << 10;
  is_stream_ = true;
  const Tail longest = tail(BlockKind::kSmall, kLongest);
  EXPECT_EQ(scan(L"abc", L"%s", longest.begin), "1\n");
  EXPECT_TRUE(is_by_pages_);
  const Tail longer = tail(BlockKind::kSmall, kLongest + 1);
  EXPECT_EQ(scan(L"abc", L"%s", longer.begin), "1\n");
  EXPECT_FALSE(is_by_pages_);
  EXPECT_STREQ(longer.begin, "abc");
  EXPECT_EQ(scan(L"abc", L"%4096s", longer.begin), "1\n");
  EXPECT_TRUE(is_by_pages_);
  EXPECT_EQ(scan(L"abc", L"%4095s", longer.begin), "1\n");
  EXPECT_FALSE(is_by_pages_);
}

TEST_F(ScanCallTest, PlacesOutsideOfTheHeapAreTheProgramsAffair) {
  char outside[8] = "";
  EXPECT_EQ(scan(L"abc", L"%s", outside), "1\n");
  EXPECT_FALSE(is_by_pages_);
  const Tail small = tail(BlockKind::kSmall, 3);
  wchar_t text[4] = L"";
  EXPECT_EQ(scan(L"abc", L"%ls", text), "1\n");
  EXPECT_FALSE(is_by_pages_);
  const Tail number = tail(BlockKind::kSmall, 4);
  EXPECT_EQ(scan(L"5", L"%d", number.begin), "1\n");
  EXPECT_FALSE(is_by_pages_);
  EXPECT_EQ(scan(L"a", L"%c", small.begin), "1\n");
  EXPECT_FALSE(is_by_pages_);
}

TEST_F(ScanCallTest, CopiesAreAlignedAsTheBlockIs) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  for (const Tail& tail : tails(5)) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      const auto place = [&](const wchar_t* format, ...) {
        va_list list;
        va_start(list, format);
        ScanRoom room(format, list, nullptr);
        EXPECT_TRUE(room.is_needed());
        EXPECT_EQ(room.written_for(tail.begin + 5), tail.begin + 5);
        EXPECT_EQ(room.written_for(tail.begin + offset - 1), tail.begin + offset - 1);
        const std::uintptr_t at = address_of(room.written_for(tail.begin + offset));
        room.end(site);
        va_end(list);
        return at;
      };
      EXPECT_EQ(place(L"%s", tail.begin + offset) % 64, address_of(tail.begin + offset) % 64);
    }
  }
}

}  // namespace
}  // namespace padlock::runtime::scan_call_checks
