// The poison: never a pointer, different everywhere, and what it says of where it was read.
#include "core/block/poison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::core {
namespace {

constexpr std::uintptr_t kEnd = std::uintptr_t{1} << 47;

std::uintptr_t some_word(Random& random) { return random.next() % (kEnd / 8) * 8; }

// The ends of the address space and what lies between.
std::vector<std::uintptr_t> some_words(std::uint64_t seed) {
  std::vector<std::uintptr_t> words{0, 8, 16, 4088, 4096, kEnd - 4096, kEnd - 16, kEnd - 8};
  Random random(seed);
  while (words.size() < 200) words.push_back(some_word(random));
  return words;
}

TEST(Poison, IsNeverCanonicalNorNearlySo) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Poison poison(key);
    for (const std::uintptr_t address : some_words(key)) {
      for (const std::int64_t offset : {-2 * Poison::kReach, std::int64_t{0}, 2 * Poison::kReach}) {
        const std::uint64_t value = poison.word(address) + static_cast<std::uint64_t>(offset);
        ASSERT_NE(value >> 63 & 1, value >> 62 & 1) << key << ' ' << address;
      }
    }
  }
}

TEST(Poison, DecodesToItsWordFromAnyValueInReach) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Poison poison(key);
    for (const std::uintptr_t address : some_words(key)) {
      for (const std::int64_t offset : {-Poison::kReach, std::int64_t{-8}, std::int64_t{-1}, std::int64_t{0},
                                        std::int64_t{1}, std::int64_t{4096}, Poison::kReach}) {
        const auto source = poison.decode(poison.word(address) + static_cast<std::uint64_t>(offset));
        ASSERT_TRUE(source) << key << ' ' << address << ' ' << offset;
        ASSERT_EQ(source->address, address) << key << ' ' << offset;
        ASSERT_EQ(source->offset, offset) << key << ' ' << address;
      }
    }
  }
}

TEST(Poison, PointersAndSmallNumbersAreNotDecoded) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Poison poison(key);
    Random random(key);
    for (unsigned i = 0; i < 200; ++i) {
      ASSERT_FALSE(poison.decode(some_word(random)));
      ASSERT_FALSE(poison.decode(-some_word(random) - 1));
    }
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      ASSERT_FALSE(poison.decode(value));
    }
  }
}

// A value between two words, out of reach of both, and a word of a stretch that falls where it should rise.
TEST(Poison, WhatLiesBetweenIsNotDecoded) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Poison poison(key);
    for (const std::uintptr_t address : some_words(key)) {
      const std::uint64_t word = poison.word(address);
      ASSERT_FALSE(poison.decode(~word)) << key << ' ' << address;
      ASSERT_FALSE(poison.decode(word + Poison::kReach + 1) && poison.decode(word - Poison::kReach - 1));
    }
  }
}

TEST(Poison, NoWordLiesBehindTheLastOne) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Poison poison(key);
    ASSERT_TRUE(poison.decode(poison.word(kEnd - 8)));
    for (std::uintptr_t beyond = kEnd; beyond < kEnd + 64; beyond += 8)
      ASSERT_FALSE(poison.decode(poison.word(beyond))) << key << ' ' << beyond;
  }
}

TEST(Poison, TheWordsOfAGranuleDifferByMoreThanTwiceTheReach) {
  const Poison poison(1);
  for (const std::uintptr_t address : some_words(1)) {
    const std::uintptr_t granule = address & ~std::uintptr_t{15};
    const auto apart = static_cast<std::int64_t>(poison.word(granule + 8) - poison.word(granule));
    ASSERT_GT(apart < 0 ? -apart : apart, 2 * Poison::kReach);
  }
}

// Whatever lies at the same offset of blocks of one size: each of its bits is set in some and clear in
// others.
TEST(Poison, NoBitIsTheSameInAllBlocksOfASize) {
  for (std::uint64_t key = 0; key < 20; ++key) {
    const Poison poison(key);
    for (std::uintptr_t size = 48; size <= 128 * 1024; size = size < 256 ? size + 16 : size * 2) {
      std::uint64_t all = ~std::uint64_t{0};
      std::uint64_t any = 0;
      for (std::uintptr_t i = 0; i < 1000; ++i) {
        const std::uint64_t word = poison.word(0x7f1234567000 + i * size);
        all &= word;
        any |= word;
      }
      ASSERT_EQ(all, 0U) << key << ' ' << size;
      ASSERT_EQ(any, ~std::uint64_t{0}) << key << ' ' << size;
    }
  }
}

TEST(Poison, HalfAWordLeadsBackToIt) {
  for (std::uint64_t key = 1; key < 20; ++key) {
    const Poison poison(key);
    for (std::uintptr_t address = 0x7f12'0000'0000; address < 0x7f12'0100'0000; address += 0x12348) {
      const std::uint64_t word = poison.word(address);
      bool found = false;
      std::size_t visited = 0;
      poison.for_each_with_lower_half(static_cast<std::uint32_t>(word), [&](std::uintptr_t candidate) {
        found = found || candidate == address;
        ++visited;
      });
      ASSERT_TRUE(found) << key << ' ' << address;
      ASSERT_EQ(visited, 2U << 12);
      const AddressRange range = poison.with_upper_half(static_cast<std::uint32_t>(word >> 32));
      ASSERT_TRUE(range.contains(address)) << key << ' ' << address;
      ASSERT_LE(range.size(), 256U * 1024);
    }
    ASSERT_EQ(poison.with_upper_half(1).size(), 0U);
    ASSERT_EQ(poison.with_upper_half(0x3fff'ffff).size(), 0U);
  }
}

// The lowest address is visited once, and none beyond the highest.
TEST(Poison, HalfOfTheFirstWordLeadsToNoMoreThanThereAre) {
  for (std::uint64_t key = 1; key < 20; ++key) {
    const Poison poison(key);
    for (const std::uintptr_t address : {std::uintptr_t{0}, kEnd - 8}) {
      std::vector<std::uintptr_t> visited;
      poison.for_each_with_lower_half(static_cast<std::uint32_t>(poison.word(address)),
                                      [&](std::uintptr_t candidate) { visited.push_back(candidate); });
      EXPECT_EQ(std::ranges::count(visited, address), 1) << key;
      EXPECT_EQ(visited.size(), 2U << 12) << key;
      EXPECT_LT(*std::ranges::max_element(visited), kEnd) << key;
      const AddressRange range =
          poison.with_upper_half(static_cast<std::uint32_t>(poison.word(address) >> 32));
      EXPECT_TRUE(range.contains(address)) << key;
      EXPECT_LE(range.end, kEnd) << key;
    }
  }
}

// All of them, and no other: the words right before and behind have another upper half.
TEST(Poison, AnUpperHalfLeadsToExactlyTheAddressesThatMayHaveIt) {
  for (std::uint64_t key = 1; key < 20; ++key) {
    const Poison poison(key);
    const std::uint64_t first = poison.ramps().ramps[0].first[0];
    const std::uint64_t stride = poison.ramps().ramps[0].stride;
    Random random(key);
    for (int i = 0; i < 100; ++i) {
      const auto half =
          static_cast<std::uint32_t>((first + random.next() % (std::uint64_t{1} << 44) * stride) >> 32);
      const AddressRange range = poison.with_upper_half(half);
      const auto half_at = [&](std::uint64_t number) { return (first + number * stride) >> 32; };
      if (range.size() == 0) continue;
      ASSERT_EQ(half_at(range.begin / 8), half);
      ASSERT_EQ(half_at(range.end / 8 - 1), half);
      ASSERT_NE(half_at(range.end / 8), half);
      ASSERT_TRUE(range.begin == 0 || half_at(range.begin / 8 - 1) != half);
    }
  }
}

TEST(Poison, ABytesPlaceIsThatOfMemory) {
  const Poison poison(1);
  const std::uint64_t word = poison.word(0x1000);
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_EQ(poison.byte(0x1000 + i), static_cast<std::uint8_t>(word >> 8 * i));
  }
}

}  // namespace
}  // namespace padlock::core
