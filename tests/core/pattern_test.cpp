// Canary and poison: what they write, and which changes are seen.
#include "core/block/pattern.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/block/seal.h"

namespace padlock::core {
namespace {

constexpr std::uint64_t kPattern = locked_pattern(0x1234567890ABCDEFU);

TEST(Pattern, ByteOfAWord) {
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(pattern_byte(0x0706050403020100U, i), i % 8);
  }
}

// Every begin in a granule and every padding from 8 bytes on that ends on a granule.
template <typename Body>
void for_all_paddings(Body body) {
  for (std::size_t begin = 0; begin <= 48; ++begin) {
    for (std::size_t end = 16; end <= 96; end += 16) {
      if (begin + 8 <= end) body(begin, end);
    }
  }
}

TEST(Canary, FillsExactlyItsRangeWithBytesKeyedByPosition) {
  for_all_paddings([](std::size_t begin, std::size_t end) {
    alignas(16) std::array<std::byte, 128> memory{};
    fill_canary(memory.data(), begin, end, kPattern);
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const std::uint8_t expected = i >= begin && i < end ? pattern_byte(kPattern, i) : std::uint8_t{0};
      ASSERT_EQ(std::to_integer<std::uint8_t>(memory[i]), expected) << begin << ' ' << end << ' ' << i;
    }
  });
}

TEST(Canary, EveryChangedBitInsideIsSeenAndNoneOutsideIs) {
  for_all_paddings([](std::size_t begin, std::size_t end) {
    alignas(16) std::array<std::byte, 128> memory{};
    fill_canary(memory.data(), begin, end, kPattern);
    ASSERT_TRUE(canary_intact(memory.data(), begin, end, kPattern));
    for (std::size_t i = 0; i < memory.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        memory[i] ^= std::byte{1} << bit;
        ASSERT_EQ(canary_intact(memory.data(), begin, end, kPattern), i < begin || i >= end);
        memory[i] ^= std::byte{1} << bit;
      }
    }
  });
}

TEST(Poison, FillsItsRangeAndSeesEveryChangedBit) {
  for (std::size_t size = 0; size <= 64; size += 16) {
    std::vector<std::byte> memory(96);
    std::byte* const begin = memory.data() + 16;
    std::byte* const end = begin + size;
    fill_poison(begin, end, kPattern);
    ASSERT_TRUE(poison_intact(begin, end, kPattern));
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const bool inside = i >= 16 && i < 16 + size;
      const std::uint8_t expected = inside ? pattern_byte(kPattern, i) : std::uint8_t{0};
      ASSERT_EQ(std::to_integer<std::uint8_t>(memory[i]), expected);
      for (unsigned bit = 0; bit < 8; ++bit) {
        memory[i] ^= std::byte{1} << bit;
        ASSERT_EQ(poison_intact(begin, end, kPattern), !inside);
        memory[i] ^= std::byte{1} << bit;
      }
    }
  }
}

// Runs for which there is a way of its own, up to the last byte of what does not fill its stride.
TEST(Poison, OfLongRunsEveryByteCounts) {
  for (std::size_t size = 1024 - 16; size <= 1024 + 256; size += 16) {
    std::vector<std::byte> memory(size + 32);
    std::byte* const begin = memory.data() + 16;
    std::byte* const end = begin + size;
    fill_poison(begin, end, kPattern);
    ASSERT_TRUE(poison_intact(begin, end, kPattern)) << size;
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const bool inside = i >= 16 && i < 16 + size;
      const std::uint8_t expected = inside ? pattern_byte(kPattern, i) : std::uint8_t{0};
      ASSERT_EQ(std::to_integer<std::uint8_t>(memory[i]), expected);
      memory[i] ^= std::byte{1} << i % 8;
      ASSERT_EQ(poison_intact(begin, end, kPattern), !inside) << size << ' ' << i;
      memory[i] ^= std::byte{1} << i % 8;
    }
  }
}

}  // namespace
}  // namespace padlock::core
