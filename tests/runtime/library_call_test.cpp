// What calls to libc's functions are reported for: each word against a model that knows the block and goes
// byte by byte, in all places of a short text at the end of a block of each kind. A quick look sees as much.
#include "runtime/interposed/library_call.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "heard_calls.h"
#include "runtime/interposed/glance.h"

namespace padlock::runtime::library_call_checks {
namespace {

constexpr std::size_t kAll = core::kUnbounded;
constexpr std::size_t kSize = 6;

// What a quick look does with a pointer into the heap: it looks, or leaves it to the close look.
enum class Look { kExact, kLeft };

class LibraryCallTest : public HeardCalls {
 protected:
  // `words(site)`: one word.
  template <typename Words>
  void expect(const Tail& tail, Look look, Words words, const std::string& report,
              const testing::Message& where) {
    EXPECT_EQ(said(words), report) << where;
    Glance<Sight::kNear> near;
    words(near);
    EXPECT_EQ(near.shows_too_little(), look == Look::kLeft || !report.empty()) << where;
    if (tail.kind != BlockKind::kSmall) return;
    Glance<Sight::kKnown> known;
    words(known);
    EXPECT_EQ(known.shows_too_little(), look == Look::kLeft || !report.empty()) << where;
  }
};

testing::Message at(const Tail& tail, std::size_t a, std::size_t b = 0, std::size_t c = 0) {
  return testing::Message() << "kind " << static_cast<int>(tail.kind) << ": " << a << ", " << b << ", " << c;
}

// A text of so many characters in the tail, and 'x' everywhere else.
char* put(const Tail& tail, std::size_t offset, std::size_t length) {
  std::memset(tail.begin, 'x', tail.size);
  if (offset + length < tail.size) tail.begin[offset + length] = '\0';
  return tail.begin + offset;
}

// Of a string of which at most `most` bytes count: how many bytes are read, or with what report.
std::string string_report(const Tail& tail, std::size_t offset, std::size_t length, std::size_t most) {
  const std::size_t room = tail.size - offset;
  return length < room || most <= room ? "" : past_end(tail, "reads", room + 1, offset);
}

TEST_F(LibraryCallTest, BytesAreTheBlocksOrTooMany) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset <= kSize; ++offset) {
      for (std::size_t size = offset == kSize ? 1 : 0; size <= kSize + 2; ++size) {
        const bool good = offset + size <= kSize;
        char* const place = tail.begin + offset;
        const auto wrong = [&](const char* access) {
          return good ? "" : past_end(tail, access, size, offset);
        };
        expect(
            tail, Look::kExact, [&](auto& site) { site.reads(place, size); }, wrong("reads"),
            at(tail, offset, size));
        expect(
            tail, Look::kExact, [&](auto& site) { site.writes(place, size); }, wrong("writes"),
            at(tail, offset, size));
        expect(
            tail, Look::kExact, [&](auto& site) { site.sends(place, size); }, wrong("reads"),
            at(tail, offset, size));
      }
    }
  }
}

TEST_F(LibraryCallTest, ArraysAreAsLongAsTheirElementsTogether) {
  for (const Tail& tail : tails(kSize)) {
    expect(
        tail, Look::kExact, [&](auto& site) { site.reads(tail.begin, 2, 3); }, "", at(tail, 2, 3));
    expect(
        tail, Look::kExact, [&](auto& site) { site.writes(tail.begin, 3, 2); }, "", at(tail, 3, 2));
    expect(
        tail, Look::kExact, [&](auto& site) { site.reads(tail.begin, 7, 1); }, past_end(tail, "reads", 7, 0),
        at(tail, 7, 1));
    expect(
        tail, Look::kExact, [&](auto& site) { site.writes(tail.begin, 1, 7); },
        past_end(tail, "writes", 7, 0), at(tail, 1, 7));
  }
  EXPECT_EQ(LibraryCall::product(SIZE_MAX / 2, 3), core::kUnbounded);
  EXPECT_EQ(LibraryCall::product(SIZE_MAX / 2, 2), SIZE_MAX - 1);
}

TEST_F(LibraryCallTest, LengthsThatAreNegativeAreSaid) {
  for (const Tail& tail : tails(kSize)) {
    const std::string report =
        "heap-buffer-overflow: memcpy() writes 18446744073709551615 bytes (that is "
        "-1) at offset " +
        std::to_string(tail.ahead) + " of " + tail.block() + "\n";
    expect(
        tail, Look::kExact, [&](auto& site) { site.writes(tail.begin, kAll); }, report, at(tail, 0));
    expect(
        tail, Look::kExact, [&](auto& site) { site.writes(tail.begin, SIZE_MAX / 2, 3); }, report,
        at(tail, 1));
  }
}

TEST_F(LibraryCallTest, FreedBlocksAreNobodys) {
  for (const Tail& tail : tails(kSize)) {
    free_block(tail);
    const std::string block = "a freed " + std::to_string(tail.ahead + kSize) + "-byte block\n";
    const auto of_freed = [&](const char* kind, const std::string& access, std::size_t offset) {
      return kind + std::string(": memcpy() ") + access + " at offset " +
             std::to_string(tail.ahead + offset) + " of " + block;
    };
    expect(
        tail, Look::kExact, [&](auto& site) { site.reads(tail.begin, 4); },
        of_freed("use-after-free", "reads 4 bytes", 0), at(tail, 0));
    expect(
        tail, Look::kExact, [&](auto& site) { site.writes(tail.begin + 2, 1); },
        of_freed("use-after-free-write", "writes 1 byte", 2), at(tail, 1));
    expect(
        tail, Look::kLeft, [&](auto& site) { site.reads_string(tail.begin + 1); },
        of_freed("use-after-free", "reads 1 byte", 1), at(tail, 2));
    expect(
        tail, Look::kExact, [&](auto& site) { site.reads_text(tail.begin, 5); },
        of_freed("use-after-free", "reads 1 byte", 0), at(tail, 3));
    expect(
        tail, Look::kExact, [&](auto& site) { site.searches(tail.begin, 'x', 5); },
        of_freed("use-after-free", "reads 5 bytes", 0), at(tail, 4));
    expect(
        tail, Look::kLeft, [&](auto& site) { site.reads_number(tail.begin); },
        of_freed("use-after-free", "reads 1 byte", 0), at(tail, 5));
  }
}

TEST_F(LibraryCallTest, WhatIsOutsideOfTheHeapIsNeverLookedAt) {
  char text[] = "some text";
  char other[40] = "another one";
  const auto all = [&](auto& site) {
    site.reads(text, 1000);
    site.writes(text, 1000);
    site.sends(text, 1000);
    site.copies(other, text, 20);
    site.reads_text(text, 1000);
    site.reads_string(text);
    site.reads_string(text, 3);
    site.reads_until(text, nullptr);
    site.reads_back(text, 1000, text + 2);
    site.searches(text, 'q', 1000);
    site.reads_token(text, other, true);
    site.copies_string(other, text);
    site.appends_string(other, text, 3);
    site.copies_field(other, text, 20);
    site.copies_cut(other, text, 3);
    site.appends_cut(other, text, 3);
    site.copies_until(other, text, ' ', 100);
    site.opens(text);
    site.reads_number(text);
    EXPECT_EQ(site.compares(text, other), std::nullopt);
    EXPECT_EQ(site.compares_case(text, other), std::nullopt);
  };
  EXPECT_EQ(said(all), "");
  Glance<Sight::kNear> near;
  all(near);
  EXPECT_FALSE(near.shows_too_little());
  Glance<Sight::kKnown> known;
  all(known);
  EXPECT_FALSE(known.shows_too_little());
}

TEST_F(LibraryCallTest, NothingIsReportedWhereCallsAreNotToBeLookedAt) {
  settings.options.intercept = false;
  for (const Tail& tail : tails(kSize)) {
    put(tail, 1, kSize);
    EXPECT_EQ(said([&](auto& site) {
                site.reads(tail.begin, kSize + 1);
                site.copies(tail.begin, tail.begin + 1, 3);
                site.reads_text(tail.begin, kSize + 1);
                site.passes(reinterpret_cast<const void*>(std::uintptr_t{1} << 47));
              }),
              "");
    EXPECT_EQ(accessible_at(tail.begin), kAll);
    EXPECT_EQ(program_bytes_at(tail.begin), tail.kind == BlockKind::kSmall ? kAll : kSize);
    Glance<Sight::kNear> near;
    near.reads(tail.begin, kSize + 1);
    near.reads_string(tail.begin);
    EXPECT_FALSE(near.shows_too_little());
  }
  settings.options.intercept = true;
}

TEST_F(LibraryCallTest, CopiesMustFitAndNotOverlap) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t to = 0; to < kSize; ++to) {
      for (std::size_t from = 0; from < kSize; ++from) {
        for (std::size_t size = 1; size <= kSize; ++size) {
          const std::size_t apart = to > from ? to - from : from - to;
          std::string report;
          if (from + size > kSize) report += past_end(tail, "reads", size, from);
          if (to + size > kSize) report += past_end(tail, "writes", size, to);
          if (apart != 0 && apart < size) report += overlapping(tail, size, to, from);
          const auto words = [&](auto& site) { site.copies(tail.begin + to, tail.begin + from, size); };
          if (to == from) {
            EXPECT_EQ(said(words), report) << at(tail, to, from, size);
          } else {
            expect(tail, Look::kExact, words, report, at(tail, to, from, size));
          }
        }
      }
    }
  }
}

TEST_F(LibraryCallTest, AnOverlapIsNoneWhereItBeginsOutsideOfTheHeap) {
  char other[20] = "abcdefghij";
  const auto copies = [&](auto& site) { site.copies(other, other + 2, 5); };
  EXPECT_EQ(said(copies), "");
  Glance<Sight::kNear> near;
  copies(near);
  EXPECT_TRUE(near.shows_too_little());
}

TEST_F(LibraryCallTest, StringsEndInTheBlockOrAreReportedToItsEnd) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset < kSize; ++offset) {
      for (std::size_t length = 0; length <= kSize - offset; ++length) {
        const char* const text = put(tail, offset, length);
        expect(
            tail, Look::kLeft, [&](auto& site) { site.reads_string(text); },
            string_report(tail, offset, length, kAll), at(tail, offset, length));
        expect(
            tail, Look::kLeft, [&](auto& site) { site.opens(text); },
            string_report(tail, offset, length, kLongestPath), at(tail, offset, length));
        for (std::size_t most = 0; most <= kSize + 1; ++most) {
          expect(
              tail, Look::kLeft, [&](auto& site) { site.reads_string(text, most); },
              string_report(tail, offset, length, most), at(tail, offset, length, most));
        }
      }
      for (std::size_t size = 1; size <= kSize + 2; ++size) {
        const char* const text = put(tail, offset, kSize);
        const std::size_t room = kSize - offset;
        const std::string report = size > room ? past_end(tail, "reads", room + 1, offset) : "";
        expect(
            tail, Look::kExact, [&](auto& site) { site.reads_text(text, size); }, report,
            at(tail, offset, size));
        expect(
            tail, Look::kExact, [&](auto& site) { site.reads_up_to(text, text + size - 1, 1); }, report,
            at(tail, offset, size));
        expect(
            tail, Look::kExact, [&](auto& site) { site.reads_until(text, text + size - 1); }, report,
            at(tail, offset, size));
      }
    }
  }
}

TEST_F(LibraryCallTest, WhatWasFoundNowhereIsReadToTheNul) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset < kSize; ++offset) {
      const char* const text = put(tail, offset, kSize - 1 - offset);
      expect(
          tail, Look::kLeft, [&](auto& site) { site.reads_until(text, nullptr); }, "", at(tail, offset));
    }
  }
  // Of a block whose padding ends the text.
  const Tail small = tail(BlockKind::kSmall, kSize);
  EXPECT_EQ(said([&](auto& site) { site.reads_until(small.begin, nullptr); }),
            past_end(small, "reads", kSize + 1, 0));
}

TEST_F(LibraryCallTest, AReadFromTheEndBackStopsAtWhatWasFound) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t size = 1; size <= kSize + 2; ++size) {
      expect(
          tail, Look::kExact, [&](auto& site) { site.reads_back(tail.begin, size, nullptr); },
          size > kSize ? past_end(tail, "reads", size, 0) : "", at(tail, size));
      for (std::size_t found = 0; found < std::min(size, kSize); ++found) {
        expect(
            tail, Look::kExact, [&](auto& site) { site.reads_back(tail.begin, size, tail.begin + found); },
            size > kSize ? past_end(tail, "reads", size - found, found) : "", at(tail, size, found));
      }
    }
  }
}

TEST_F(LibraryCallTest, ASearchEndsWhereItFinds) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t found = 0; found <= kSize; ++found) {
      std::memset(tail.begin, 'x', kSize);
      if (found < kSize) tail.begin[found] = 'F';
      for (std::size_t size = 1; size <= kSize + 2; ++size) {
        const auto words = [&](auto& site) { site.searches(tail.begin, 'F', size); };
        if (size > kSize && found < kSize) {
          EXPECT_EQ(said(words), "") << at(tail, found, size);
        } else {
          expect(tail, Look::kExact, words, size > kSize ? past_end(tail, "reads", size, 0) : "",
                 at(tail, found, size));
        }
      }
    }
  }
}

// Tokens of 'x', of which commas and dots are left out.
TEST_F(LibraryCallTest, ATokenEndsAtTheSetOrTheNul) {
  for (const Tail& tail : tails(kSize)) {
    for (unsigned mask = 0; mask < 1U << (2 * kSize); mask += 7) {
      bool ends = false;
      bool in_token = false;
      bool ends_skipping = false;
      for (std::size_t i = 0; i < kSize; ++i) {
        const char byte = "x,x\0"[mask >> (2 * i) & 3];
        tail.begin[i] = byte;
        ends |= byte != 'x';
        in_token |= byte == 'x';
        ends_skipping |= byte == '\0' || (in_token && byte != 'x');
      }
      for (const bool skips : {false, true}) {
        const bool good = skips ? ends_skipping : ends;
        expect(
            tail, Look::kLeft, [&](auto& site) { site.reads_token(tail.begin, ",.", skips); },
            good ? "" : past_end(tail, "reads", kSize + 1, 0), at(tail, mask, skips));
      }
    }
    std::memset(tail.begin, 'x', kSize);
    for (const char* const text : {static_cast<const char*>(nullptr), "outside"}) {
      expect(
          tail, Look::kLeft, [&](auto& site) { site.reads_token(text, tail.begin, true); },
          past_end(tail, "reads", kSize + 1, 0), at(tail, 0));
    }
  }
}

TEST_F(LibraryCallTest, ANumberEndsAtWhatIsNoPartOfIt) {
  struct Case {
    const char* text;  // in front of what ends the block
    bool ends;
  };
  constexpr Case kCases[] = {
      {"123", false}, {"12x", true}, {" \t\n\v\f\r", false}, {" -", false},         {"+", false},
      {"", false},    {"x", true},   {"--", true},           {"-+", true},          {"+-1", true},
      {"1-", true},   {"1 ", true},  {"- ", true},           {"0123456789", false}, {" +7", false},
      {"  7.", true}, {"12\0", true}};
  for (const BlockKind kind : {BlockKind::kSmall, BlockKind::kGuarded, BlockKind::kLarge}) {
    for (const Case& one : kCases) {
      const std::size_t length = one.text == kCases[std::size(kCases) - 1].text ? 3 : std::strlen(one.text);
      if (length == 0) continue;
      const Tail block = tail(kind, length);
      std::memcpy(block.begin, one.text, length);
      expect(
          block, Look::kLeft, [&](auto& site) { site.reads_number(block.begin); },
          one.ends ? "" : past_end(block, "reads", length + 1, 0), at(block, length) << one.text);
      EXPECT_EQ(said([&](auto& site) { site.reads_number(block.begin, block.begin + length - 1); }), "");
      EXPECT_EQ(said([&](auto& site) { site.reads_number(block.begin, block.begin + length); }),
                past_end(block, "reads", length + 1, 0));
    }
  }
}

TEST_F(LibraryCallTest, ALineIsAsLongAsTheProgramSays) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t size = 0; size <= kSize + 1; ++size) {
      char* line = tail.begin;
      EXPECT_EQ(said([&](auto& site) { site.uses_line(&line, &size); }),
                size > kSize ? past_end(tail, "writes", size, 0) : "");
      line = nullptr;
      EXPECT_EQ(said([&](auto& site) { site.uses_line(&line, &size); }), "");
      EXPECT_EQ(said([&](auto& site) { site.uses_line(nullptr, &size); }), "");
      EXPECT_EQ(said([&](auto& site) { site.uses_line(&line, nullptr); }), "");
    }
  }
  // What holds the pointer and the size may be too short, too.
  const Tail pointer = tail(BlockKind::kSmall, 7);
  std::size_t size = 0;
  EXPECT_EQ(said([&](auto& site) { site.uses_line(reinterpret_cast<char**>(pointer.begin), &size); }),
            past_end(pointer, "writes", 8, 0));
  char* line = nullptr;
  EXPECT_EQ(said([&](auto& site) { site.uses_line(&line, reinterpret_cast<std::size_t*>(pointer.begin)); }),
            past_end(pointer, "writes", 8, 0));
}

TEST_F(LibraryCallTest, AnEmptyTextTakesOneByte) {
  for (const Tail& tail : tails(kSize)) {
    EXPECT_EQ(said([&](auto& site) { site.ends(tail.begin + kSize - 1); }), "");
    EXPECT_EQ(tail.begin[kSize - 1], '\0');
    EXPECT_EQ(tail.begin[kSize - 2], 'x');
  }
}

TEST_F(LibraryCallTest, StringsAreComparedUpToTheirDifferenceAndNotBeyondTheBlocks) {
  for (const Tail& tail : tails(kSize)) {
    for (const bool ignores_case : {false, true}) {
      const auto compared = [&](const char* other, std::size_t most = kAll) {
        std::optional<int> order;
        const std::string report = said([&](auto& site) {
          order = ignores_case ? site.compares_case(tail.begin, other, most)
                               : site.compares(tail.begin, other, most);
        });
        const std::string result = !order ? "call" : *order == 0 ? "same" : *order < 0 ? "less" : "more";
        return report + result;
      };
      put(tail, 0, kSize);  // "xxxxxx" without a NUL
      EXPECT_EQ(compared("xxxxx"), "more");
      EXPECT_EQ(compared("xxxy"), "less");
      EXPECT_EQ(compared("xxxw"), "more");
      EXPECT_EQ(compared("xxXz"), ignores_case ? "less" : "more");
      EXPECT_EQ(compared("xxxxxx"), past_end(tail, "reads", kSize + 1, 0) + "call");
      EXPECT_EQ(compared("xxxxxx", kSize + 1), past_end(tail, "reads", kSize + 1, 0) + "call");
      EXPECT_EQ(compared("xxxxxx", kSize), "call");
      EXPECT_EQ(compared("a", 0), "call");
      put(tail, 0, kSize - 1);
      EXPECT_EQ(compared("xxxxx"), "same");
      EXPECT_EQ(compared("xxxxxx"), "less");
      EXPECT_EQ(compared("xxxxX"), ignores_case ? "same" : "more");
      EXPECT_EQ(compared("xxxxXY"), ignores_case ? "less" : "more");
    }
  }
  const Tail longer = tail(BlockKind::kSmall, 9);
  const Tail shorter = tail(BlockKind::kSmall, 5);
  EXPECT_EQ(said([&](auto& site) { EXPECT_EQ(site.compares(longer.begin, shorter.begin), std::nullopt); }),
            past_end(shorter, "reads", 6, 0));
  EXPECT_EQ(said([&](auto& site) { EXPECT_EQ(site.compares(shorter.begin, longer.begin), std::nullopt); }),
            past_end(shorter, "reads", 6, 0));
  EXPECT_EQ(said([&](auto& site) { EXPECT_EQ(site.compares(longer.begin, shorter.begin, 5), std::nullopt); }),
            "");
  Glance<Sight::kNear> near;
  EXPECT_EQ(near.compares("a", longer.begin), std::nullopt);
  EXPECT_TRUE(near.shows_too_little());
  Glance<Sight::kNear> other;
  EXPECT_EQ(other.compares_case(longer.begin, "a"), std::nullopt);
  EXPECT_TRUE(other.shows_too_little());
}

TEST_F(LibraryCallTest, PointersThatAreNoAddressesAreExplainedOrLeftToTheKernel) {
  const auto* const none = reinterpret_cast<const char*>(std::uintptr_t{1} << 47);
  EXPECT_EQ(said([&](auto& site) { site.passes(none); }), "");
  Glance<Sight::kNear> sent;
  sent.sends(none, 1);
  EXPECT_TRUE(sent.shows_too_little());
  Glance<Sight::kNear> opened;
  opened.opens(none);
  EXPECT_TRUE(opened.shows_too_little());
  Glance<Sight::kNear> last;
  last.opens(none - 1);
  EXPECT_FALSE(last.shows_too_little());

  const Tail block = tail(BlockKind::kSmall, 64);
  free_block(block);
  void* value = nullptr;
  std::memcpy(&value, block.begin + 16, sizeof value);
  const std::string report = "use-after-free: read of a pointer at offset 16 of a freed 64-byte block\n";
  EXPECT_EQ(said([&](auto& site) { site.passes(value); }), report);
  EXPECT_EQ(said([&](auto& site) { site.sends(value, 0); }), "");
  EXPECT_EQ(said([&](auto& site) { site.sends(value, 1); }), report);
  settings.options.intercept = false;
  EXPECT_EQ(said([&](auto& site) { site.passes(value); }), "");
  settings.options.intercept = true;
}

TEST_F(LibraryCallTest, ALengthThatWasReadFromFreedMemoryIsNone) {
  const Tail freed = tail(BlockKind::kSmall, 64);
  const Tail live = tail(BlockKind::kSmall, 8);
  free_block(freed);
  std::size_t size = 0;
  std::memcpy(&size, freed.begin + 16, sizeof size);
  EXPECT_EQ(said([&](auto& site) { site.reads(live.begin, size); }),
            "use-after-free: read of a size at offset 16 of a freed 64-byte block\n");
}

}  // namespace
}  // namespace padlock::runtime::library_call_checks
