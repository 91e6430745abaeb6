// Calls that are passed wide strings: as those of bytes, counted in wchar_t, of which a part may be left over
// at the end of a block.
#include <gtest/gtest.h>

#include <algorithm>
#include <cwchar>
#include <random>
#include <string>

#include "heard_calls.h"
#include "runtime/interposed/glance.h"

namespace padlock::runtime::wide_call_checks {
namespace {

constexpr std::size_t kUnit = sizeof(wchar_t);
constexpr std::size_t kLength = 7;  // characters of the tail
constexpr std::size_t kAll = core::kUnbounded;

class WideCallTest : public HeardCalls {};

// Characters at the end of a block.
struct Wide {
  explicit Wide(const Tail& of) : tail(of), text(reinterpret_cast<wchar_t*>(of.begin)) {
    std::wmemset(text, L'x', kLength);
  }

  [[nodiscard]] std::size_t length(std::size_t offset, std::size_t most = kAll) const {
    std::size_t length = 0;
    while (length < most && offset + length < kLength && text[offset + length] != L'\0') ++length;
    return length;
  }
  [[nodiscard]] std::string past(const char* access, std::size_t size, std::size_t offset) const {
    return offset + size > kLength ? past_end(tail, access, size * kUnit, offset * kUnit) : "";
  }
  // Of a string, of which at most so many characters count.
  [[nodiscard]] std::string read(std::size_t offset, std::size_t most = kAll) const {
    const std::size_t room = kLength - offset;
    return length(offset) < room || most <= room ? "" : past("reads", room + 1, offset);
  }
  [[nodiscard]] std::string overlap(std::size_t size, std::size_t to, std::size_t from) const {
    const std::size_t apart = to > from ? to - from : from - to;
    return apart != 0 && apart < size ? overlapping(tail, size * kUnit, to * kUnit, from * kUnit) : "";
  }

  Tail tail;
  wchar_t* text;
};

TEST_F(WideCallTest, TextIsReadToItsEndOrToTheBlocks) {
  for (const Tail& tail : tails(kLength * kUnit)) {
    const Wide wide(tail);
    for (std::size_t offset = 0; offset < kLength; ++offset) {
      const std::size_t room = kLength - offset;
      const wchar_t* const from = wide.text + offset;
      for (std::size_t size = 1; size <= room + 2; ++size) {
        const auto reads = [&](auto& site) { site.reads_wide_text(from, size); };
        EXPECT_EQ(said(reads), size > room ? wide.past("reads", room + 1, offset) : "") << offset << size;
        EXPECT_EQ(is_left(reads), size > room);
        EXPECT_EQ(said([&](auto& site) { site.reads_wide_until(from, from + size - 1); }),
                  size > room ? wide.past("reads", room + 1, offset) : "");
        EXPECT_EQ(said([&](auto& site) { site.reads_number(from, from + size - 1); }),
                  size > room ? wide.past("reads", room + 1, offset) : "");
      }
      for (std::size_t length = 0; length <= room; ++length) {
        std::wmemset(wide.text, L'x', kLength);
        if (length < room) wide.text[offset + length] = L'\0';
        EXPECT_EQ(said([&](auto& site) { site.reads_wide(from); }), wide.read(offset));
        EXPECT_EQ(said([&](auto& site) { site.reads_format(from); }), wide.read(offset));
        EXPECT_EQ(said([&](auto& site) { site.reads_wide_until(from, nullptr); }), wide.read(offset));
        EXPECT_TRUE(is_left([&](auto& site) { site.reads_wide(from); }));
        EXPECT_TRUE(is_left([&](auto& site) { site.reads_wide_until(from, nullptr); }));
        for (std::size_t most = 0; most <= kLength + 1; ++most)
          EXPECT_EQ(said([&](auto& site) { site.reads_wide(from, most); }), wide.read(offset, most));
      }
      std::wmemset(wide.text, L'x', kLength);
    }
  }
}

TEST_F(WideCallTest, APartOfACharacterIsNone) {
  for (std::size_t left = 1; left < kUnit; ++left) {
    const Tail block = tail(BlockKind::kSmall, 2 * kUnit + left);
    auto* const text = reinterpret_cast<wchar_t*>(block.begin);
    std::wmemset(text, L'x', 2);
    EXPECT_EQ(said([&](auto& site) { site.reads_wide(text); }), past_end(block, "reads", 3 * kUnit, 0));
    EXPECT_EQ(said([&](auto& site) { site.reads_wide_text(text, 2); }), "");
    text[1] = L'\0';
    EXPECT_EQ(said([&](auto& site) { site.reads_wide(text); }), "");
  }
}

TEST_F(WideCallTest, ASearchEndsWhereItFinds) {
  for (const Tail& tail : tails(kLength * kUnit)) {
    const Wide wide(tail);
    for (std::size_t found = 0; found <= kLength; ++found) {
      std::wmemset(wide.text, L'x', kLength);
      if (found < kLength) wide.text[found] = L'F';
      for (std::size_t size = 1; size <= kLength + 2; ++size) {
        const auto searches = [&](auto& site) { site.searches_wide(wide.text, L'F', size); };
        EXPECT_EQ(said(searches), found < kLength ? "" : wide.past("reads", size, 0));
        EXPECT_EQ(is_left(searches), size > kLength);
      }
    }
  }
}

TEST_F(WideCallTest, ALengthThatIsNoneInBytesIsTheLongest) {
  const Wide wide(tail(BlockKind::kSmall, kLength * kUnit));
  const auto searched = [&](std::size_t characters) {
    return said([&](auto& site) { site.searches_wide(wide.text, L'q', characters); });
  };
  EXPECT_NE(searched(SIZE_MAX / kUnit).find(" reads 18446744073709551612 bytes"), std::string::npos);
  EXPECT_NE(searched(SIZE_MAX / kUnit + 1).find(" reads 18446744073709551615 bytes"), std::string::npos);
}

TEST_F(WideCallTest, CopiesMustFitAndNotOverlap) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  for (const Tail& tail : tails(kLength * kUnit)) {
    const Wide wide(tail);
    for (int round = 0; round < 1500; ++round) {
      const std::size_t sparse = 2 + pick(9);
      for (std::size_t i = 0; i < kLength; ++i) wide.text[i] = pick(sparse) == 0 ? L'\0' : L'x';
      wide.text[kLength - 1] = L'\0';
      const std::size_t to = pick(kLength);
      const std::size_t from = pick(kLength);
      const std::size_t most = pick(kLength + 2);
      wchar_t* const target = wide.text + to;
      const wchar_t* const source = wide.text + from;
      const std::size_t whole = wide.length(from) + 1;
      ASSERT_EQ(said([&](auto& site) { site.copies_wide(target, source); }),
                wide.past("writes", whole, to) + wide.overlap(whole, to, from));
      const std::size_t field = std::min(wide.length(from, most) + 1, most);
      ASSERT_EQ(said([&](auto& site) { site.copies_wide_field(target, source, most); }),
                wide.read(from, most) + wide.past("writes", most, to) + wide.overlap(field, to, from));
      const std::size_t taken = wide.length(from, most);
      const std::size_t at = to + wide.length(to);
      ASSERT_EQ(said([&](auto& site) { site.appends_wide(target, source, most); }),
                wide.read(from, most) + wide.past("writes", taken + 1, at) +
                    wide.overlap(taken < most ? taken + 1 : taken, at, from));
      ASSERT_TRUE(is_left([&](auto& site) { site.copies_wide(target, source); }));
      ASSERT_TRUE(is_left([&](auto& site) { site.copies_wide_field(target, source, most); }));
      ASSERT_TRUE(is_left([&](auto& site) { site.appends_wide(target, source, most); }));
    }
  }
}

TEST_F(WideCallTest, OneSideMayLieOutsideOfTheHeap) {
  for (const Tail& tail : tails(kLength * kUnit)) {
    const Wide wide(tail);
    wide.text[2] = L'\0';
    wchar_t room[40] = L"12";
    EXPECT_EQ(said([&](auto& site) { site.copies_wide(wide.text + 3, L"abc"); }), "");
    EXPECT_EQ(said([&](auto& site) { site.copies_wide(wide.text + 3, L"abcd"); }), wide.past("writes", 5, 3));
    EXPECT_EQ(said([&](auto& site) { site.copies_wide(room, wide.text); }), "");
    EXPECT_EQ(said([&](auto& site) { site.appends_wide(wide.text, L"abcde", 4); }), "");
    EXPECT_EQ(said([&](auto& site) { site.appends_wide(wide.text, L"abcde", 5); }),
              wide.past("writes", 6, 2));
    EXPECT_EQ(said([&](auto& site) { site.copies_wide_field(room, wide.text + 3, 5); }), wide.read(3));
    for (const bool target : {false, true}) {
      wchar_t* const to = target ? wide.text : room;
      const wchar_t* const from = target ? L"abc" : wide.text;
      EXPECT_TRUE(is_left([&](auto& site) { site.copies_wide(to, from); }));
      EXPECT_TRUE(is_left([&](auto& site) { site.appends_wide(to, from, 1); }));
    }
    EXPECT_FALSE(is_left([&](auto& site) { site.copies_wide_field(wide.text, L"abc", kLength); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_wide_field(wide.text, L"abc", kLength + 1); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_wide_field(room, wide.text, 1); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_wide_field(room, room + 3, 4); }));
    EXPECT_FALSE(is_left([&](auto& site) { site.copies_wide_field(room, room + 4, 4); }));
  }
}

TEST_F(WideCallTest, AnAppendToWhatDoesNotEndIsNoWrite) {
  const Wide wide(tail(BlockKind::kSmall, kLength * kUnit));
  EXPECT_EQ(said([&](auto& site) { site.appends_wide(wide.text, L"a", 1); }), wide.read(0));
}

TEST_F(WideCallTest, StringsAreComparedUpToTheirDifference) {
  for (const Tail& tail : tails(kLength * kUnit)) {
    const Wide wide(tail);
    const auto compared = [&](const wchar_t* other, std::size_t most) {
      return said([&](auto& site) { site.compares_wide(wide.text, other, most); }) +
             said([&](auto& site) { site.compares_wide(other, wide.text, most); });
    };
    const std::string both = wide.read(0) + wide.read(0);
    EXPECT_EQ(compared(L"xxxxxxx", kAll), both);
    EXPECT_EQ(compared(L"xxxxxxx", kLength + 1), both);
    EXPECT_EQ(compared(L"xxxxxxx", kLength), "");
    EXPECT_EQ(compared(L"xxxxxxy", kAll), "");
    EXPECT_EQ(compared(L"xxxxxx", kAll), "");
    EXPECT_EQ(compared(L"y", kAll), "");
    wide.text[kLength - 1] = L'\0';
    EXPECT_EQ(compared(L"xxxxxx", kAll), "");
    EXPECT_TRUE(is_left([&](auto& site) { site.compares_wide(L"", wide.text, 1); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.compares_wide(wide.text, L"", 1); }));
  }
}

TEST_F(WideCallTest, NothingIsLookedAtOutsideOfTheHeap) {
  wchar_t room[40] = L"12";
  const auto all = [&](auto& site) {
    site.reads_wide_text(room, 100);
    site.reads_wide(room);
    site.reads_wide_until(room, room + 100);
    site.searches_wide(room, L'q', 100);
    site.copies_wide(room, L"abc");
    site.copies_wide_field(room, L"abc", 100);
    site.appends_wide(room, L"abc", 100);
    site.compares_wide(room, L"12");
  };
  EXPECT_EQ(said(all), "");
  EXPECT_FALSE(is_left(all));
}

}  // namespace
}  // namespace padlock::runtime::wide_call_checks
