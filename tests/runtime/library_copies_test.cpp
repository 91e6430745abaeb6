// Copies of text, within a block of each kind and from outside: what is read, what is written and what
// overlaps, against a model that goes byte by byte; random texts.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "heard_calls.h"
#include "runtime/interposed/glance.h"

extern "C" void call_from_old_library(void (*function)(void*), void* argument);

namespace padlock::runtime::library_copies_checks {
namespace {

constexpr std::size_t kSize = 9;
constexpr std::size_t kAll = core::kUnbounded;

// A copy within the tail.
struct Copy {
  Tail tail;
  std::size_t to = 0;
  std::size_t from = 0;
  std::size_t most = 0;

  [[nodiscard]] char* target() const { return tail.begin + to; }
  [[nodiscard]] char* source() const { return tail.begin + from; }

  [[nodiscard]] std::size_t length(std::size_t offset, std::size_t most_of_it = kAll) const {
    std::size_t length = 0;
    while (length < most_of_it && offset + length < kSize && tail.begin[offset + length] != '\0') ++length;
    return length;
  }
  [[nodiscard]] std::string read_text(std::size_t offset, std::size_t most_of_it = kAll) const {
    const bool ends = length(offset) < kSize - offset || most_of_it <= kSize - offset;
    return ends ? "" : past_end(tail, "reads", kSize - offset + 1, offset);
  }
  [[nodiscard]] std::string read(std::size_t offset, std::size_t size) const {
    return offset + size > kSize ? past_end(tail, "reads", size, offset) : "";
  }
  [[nodiscard]] std::string written(std::size_t offset, std::size_t size) const {
    return offset + size > kSize ? past_end(tail, "writes", size, offset) : "";
  }
  // `size` bytes are read and written; of those `shared` may overlap.
  [[nodiscard]] std::string overlap(std::size_t at, std::size_t size, std::size_t shared) const {
    const std::size_t apart = at > from ? at - from : from - at;
    return apart != 0 && apart < shared ? overlapping(tail, size, at, from) : "";
  }
  [[nodiscard]] std::string overlap(std::size_t at, std::size_t size) const {
    return overlap(at, size, size);
  }
};

std::string of_string(const Copy& copy) {
  const std::size_t size = copy.length(copy.from) + 1;
  return copy.written(copy.to, size) + copy.overlap(copy.to, size);
}

std::string of_append(const Copy& copy) {
  const std::string report = copy.read_text(copy.from, copy.most) + copy.read_text(copy.to);
  const std::size_t length = copy.length(copy.from, copy.most);
  const std::size_t at = copy.to + copy.length(copy.to);
  const std::size_t read = length < copy.most ? length + 1 : length;
  return report + copy.written(at, length + 1) + copy.overlap(at, length + 1, read);
}

std::string of_field(const Copy& copy) {
  const std::size_t text = std::min(copy.length(copy.from, copy.most) + 1, copy.most);
  return copy.read_text(copy.from, copy.most) + copy.written(copy.to, copy.most) +
         copy.overlap(copy.to, text);
}

std::string of_cut(const Copy& copy) {
  if (copy.most == 0) return "";
  const std::size_t size = std::min(copy.length(copy.from) + 1, copy.most);
  return copy.written(copy.to, size) + copy.overlap(copy.to, size);
}

std::string of_cut_append(Copy copy) {
  const std::size_t before = copy.length(copy.to, copy.most);
  copy.to += before;
  copy.most -= before;
  return of_cut(copy);
}

// Ends at a NUL, which no canary has in it.
std::string of_copy_until(const Copy& copy) {
  std::size_t size = 0;
  while (size < copy.most && copy.from + size < kSize && copy.source()[size] != '\0') ++size;
  const bool found = size < copy.most && copy.from + size < kSize;
  size = found ? size + 1 : copy.most;
  return (found ? "" : copy.read(copy.from, size)) + copy.written(copy.to, size) +
         copy.overlap(copy.to, size);
}

class LibraryCopiesTest : public HeardCalls {
 protected:
  // The text at the end of the tail has its NUL, where `ends`.
  template <typename Words>
  void expect_as_model(unsigned seed, Words words, std::string (*model)(const Copy&), bool ends = true) {
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
    for (const Tail& tail : tails(kSize)) {
      for (int round = 0; round < 700; ++round) {
        const bool long_ones = pick(2) == 0;
        for (std::size_t i = 0; i < kSize; ++i) tail.begin[i] = pick(long_ones ? 9 : 3) == 0 ? '\0' : 'x';
        if (pick(2) == 0) tail.begin[pick(kSize)] = 'y';
        if (ends) tail.begin[kSize - 1] = '\0';
        const Copy copy{tail, pick(kSize), pick(kSize), pick(kSize + 3)};
        // The look for a NUL would trap. (Elsewhere there is none in what follows the block.)
        if (!ends && tail.kind == BlockKind::kGuarded && copy.from + copy.most > kSize) continue;
        const auto of_copy = [&](auto& site) { words(site, copy); };
        ASSERT_EQ(said(of_copy), model(copy))
            << "kind " << static_cast<int>(tail.kind) << ": " << copy.to << ", " << copy.from << ", "
            << copy.most << ": " << testing::PrintToString(std::string(tail.begin, kSize));
        ASSERT_TRUE(is_left(of_copy));
      }
    }
  }
};

TEST_F(LibraryCopiesTest, AStringIsCopiedWithItsNul) {
  expect_as_model(
      1, [](auto& site, const Copy& copy) { site.copies_string(copy.target(), copy.source()); }, of_string);
}

TEST_F(LibraryCopiesTest, AStringIsAppendedBehindTheOther) {
  expect_as_model(
      2, [](auto& site, const Copy& copy) { site.appends_string(copy.target(), copy.source(), copy.most); },
      of_append);
}

TEST_F(LibraryCopiesTest, AFieldIsWrittenAsAWhole) {
  expect_as_model(
      3, [](auto& site, const Copy& copy) { site.copies_field(copy.target(), copy.source(), copy.most); },
      [](const Copy& copy) { return of_field(copy); });
}

TEST_F(LibraryCopiesTest, AStringThatIsCutIsReadAsAWhole) {
  expect_as_model(
      4, [](auto& site, const Copy& copy) { site.copies_cut(copy.target(), copy.source(), copy.most); },
      of_cut);
  expect_as_model(
      5, [](auto& site, const Copy& copy) { site.appends_cut(copy.target(), copy.source(), copy.most); },
      [](const Copy& copy) { return of_cut_append(copy); });
}

TEST_F(LibraryCopiesTest, ACopyEndsBehindTheByteThatItIsToEndAt) {
  expect_as_model(
      6,
      [](auto& site, const Copy& copy) { site.copies_until(copy.target(), copy.source(), '\0', copy.most); },
      of_copy_until, false);
}

TEST_F(LibraryCopiesTest, OneSideMayLieOutsideOfTheHeap) {
  const char text[] = "abcdef";
  for (const Tail& tail : tails(kSize)) {
    std::memcpy(tail.begin, "x\0xxxxxxx", kSize);
    char room[40] = "12";
    const auto past = [&](std::size_t size, std::size_t offset) {
      return past_end(tail, "writes", size, offset);
    };
    const auto unterminated = past_end(tail, "reads", 5, kSize - 4);
    EXPECT_EQ(said([&](auto& site) { site.copies_string(tail.begin + 4, text); }), past(7, 4));
    EXPECT_EQ(said([&](auto& site) { site.copies_string(tail.begin + 2, text); }), "");
    EXPECT_EQ(said([&](auto& site) { site.copies_string(room, tail.begin); }), "");
    EXPECT_EQ(said([&](auto& site) { site.appends_string(tail.begin, text, 9); }), "");
    EXPECT_EQ(said([&](auto& site) { site.appends_string(room, tail.begin + kSize - 4, 4); }), "");
    EXPECT_EQ(said([&](auto& site) { site.copies_field(tail.begin + 3, text, 7); }), past(7, 3));
    EXPECT_EQ(said([&](auto& site) { site.copies_field(room, tail.begin + kSize - 4, 5); }), unterminated);
    EXPECT_EQ(said([&](auto& site) { site.copies_cut(tail.begin + 3, text, 7); }), past(7, 3));
    EXPECT_EQ(said([&](auto& site) { site.copies_cut(tail.begin + 3, text, 6); }), "");
    EXPECT_EQ(said([&](auto& site) { site.copies_until(tail.begin + 4, text, 'f', 9); }), past(6, 4));
    EXPECT_EQ(said([&](auto& site) { site.copies_until(room, tail.begin + kSize - 4, 'x', 5); }), "");
    for (const bool target : {false, true}) {
      char* const to = target ? tail.begin : room;
      const char* const from = target ? text : tail.begin;
      EXPECT_TRUE(is_left([&](auto& site) { site.copies_string(to, from); }));
      EXPECT_TRUE(is_left([&](auto& site) { site.appends_string(to, from, 1); }));
      EXPECT_TRUE(is_left([&](auto& site) { site.copies_cut(to, from, 1); }));
      EXPECT_TRUE(is_left([&](auto& site) { site.appends_cut(to, from, 1); }));
      EXPECT_TRUE(is_left([&](auto& site) { site.copies_until(to, from, 'x', 1); }));
    }
    EXPECT_FALSE(is_left([&](auto& site) { site.copies_field(tail.begin, text, kSize); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_field(tail.begin, text, kSize + 1); }));
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_field(room, tail.begin, 1); }));
    char* const place = room;
    EXPECT_TRUE(is_left([&](auto& site) { site.copies_field(place, place + 3, 4); }));
    EXPECT_FALSE(is_left([&](auto& site) { site.copies_field(place, place + 4, 4); }));
  }
}

TEST_F(LibraryCopiesTest, WhatDoesNotEndInItsBlockIsReportedAsThat) {
  const Tail to = tail(BlockKind::kSmall, kSize);
  const std::string report = past_end(to, "reads", kSize + 1, 0);
  char room[200] = "";
  EXPECT_EQ(said([&](auto& site) { site.appends_string(to.begin, "", 3); }), report);
  EXPECT_EQ(said([&](auto& site) { site.copies_string(room, to.begin); }), report);
  EXPECT_EQ(said([&](auto& site) { site.copies_cut(room, to.begin, 3); }), report);
  EXPECT_EQ(said([&](auto& site) { site.copies_cut(room, to.begin, 0); }), report);
  EXPECT_EQ(said([&](auto& site) { site.appends_cut(to.begin, "ab", kSize); }), "");
  EXPECT_EQ(said([&](auto& site) { site.appends_cut(to.begin, "ab", kSize + 1); }), report);
  const Tail from = tail(BlockKind::kSmall, 3);
  EXPECT_EQ(said([&](auto& site) { site.appends_cut(to.begin, from.begin, kSize + 1); }),
            report + past_end(from, "reads", 4, 0));
  EXPECT_EQ(said([&](auto& site) { site.appends_cut(to.begin, from.begin, kSize); }),
            past_end(from, "reads", 4, 0));
}

// Its memcpy is memmove.
// Functions, as a lambda that is called by pointer has a frame in front of its own.
template <core::Call call>
void copy_back(void* to) {
  char* const place = static_cast<char*>(to);
  const LibraryCall site(call, __builtin_frame_address(0));
  site.copies(place, place + 1, 4);
}

TEST_F(LibraryCopiesTest, AnOldLibraryMayCopyWithinABlock) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  call_from_old_library(&copy_back<core::Call::kMemcpy>, small.begin);
  EXPECT_EQ(heard(), "");
  copy_back<core::Call::kMemcpy>(small.begin);
  EXPECT_EQ(heard(), overlapping(small, 4, 0, 1));
  call_from_old_library(&copy_back<core::Call::kStrcpy>, small.begin);
  EXPECT_NE(heard().find("overlapping-copy: strcpy() copies 4 bytes"), std::string::npos);
}

}  // namespace
}  // namespace padlock::runtime::library_copies_checks
