// Canary and poison: what they write, and which changes are seen.
#include "core/block/pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace padlock::core {
namespace {

constexpr std::uint64_t kPattern = 0x1234567890ABCDEFU;

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

constexpr Poison kPoison{7};

// With the end of a stretch at every granule of the run.
template <typename Body>
void for_all_runs(std::size_t size, Body body) {
  constexpr std::size_t kStretch = WordRamps::kStretch;
  std::vector<std::byte> memory(2 * size + 2 * kStretch);
  std::byte* const after = memory.data() + size + kStretch;
  std::byte* const boundary = after - address_of(after) % kStretch;
  for (std::size_t back = 0; back <= size + 16; back += 16) body(boundary - back, boundary - back + size);
}

void expect_filled(const std::byte* begin, const std::byte* end) {
  ASSERT_EQ(begin[-1], std::byte{0});
  ASSERT_EQ(*end, std::byte{0});
  for (const std::byte* at = begin; at != end; ++at) {
    ASSERT_EQ(std::to_integer<std::uint8_t>(*at), kPoison.byte(address_of(at)))
        << end - begin << ' ' << at - begin;
  }
}

TEST(PoisonRuns, ShortOnesAreFilledAndEveryChangedBitIsSeen) {
  for (std::size_t size = 0; size <= 128; size += 16) {
    for_all_runs(size, [](std::byte* begin, std::byte* end) {
      fill_poison(begin, end, kPoison);
      expect_filled(begin, end);
      ASSERT_TRUE(poison_intact(begin, end, kPoison));
      for (std::byte* at = begin - 16; at != end + 16; ++at) {
        const bool inside = at >= begin && at < end;
        for (unsigned bit = 0; bit < 8; ++bit) {
          *at ^= std::byte{1} << bit;
          ASSERT_EQ(poison_intact(begin, end, kPoison), !inside) << end - begin << ' ' << at - begin;
          *at ^= std::byte{1} << bit;
        }
      }
      std::fill(begin, end, std::byte{0});
    });
  }
}

// Runs for which there is a way of its own, up to the last byte of what does not fill its stride.
TEST(PoisonRuns, OfLongOnesEveryByteCounts) {
  for (const std::size_t size : {496U, 512U, 528U, 544U, 560U, 592U, 1008U, 4096U, 4112U, 8192U + 48U}) {
    for_all_runs(size, [](std::byte* begin, std::byte* end) {
      fill_poison(begin, end, kPoison);
      ASSERT_TRUE(poison_intact(begin, end, kPoison)) << end - begin;
      if (address_of(begin) % 256 == 0) expect_filled(begin, end);
      const std::size_t step = address_of(begin) % 512 == 16 ? 1 : 97;
      for (std::byte* at = begin; at < end; at += step) {
        *at ^= std::byte{1} << address_of(at) % 8;
        ASSERT_FALSE(poison_intact(begin, end, kPoison)) << end - begin << ' ' << at - begin;
        *at ^= std::byte{1} << address_of(at) % 8;
      }
      ASSERT_EQ(begin[-1], std::byte{0});
      ASSERT_EQ(*end, std::byte{0});
      std::fill(begin, end, std::byte{0});
    });
  }
}

}  // namespace
}  // namespace padlock::core
