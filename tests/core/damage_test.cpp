// The extent of damage in padding and poison, to the byte.
#include "core/block/damage.h"

#include <gtest/gtest.h>

#include <array>

namespace padlock::core {
namespace {

struct Buffer {
  alignas(16) std::array<std::uint8_t, 512> bytes{};
  [[nodiscard]] std::uintptr_t at(std::size_t i) const { return address_of(bytes.data() + i); }
  [[nodiscard]] AddressRange range(std::size_t begin, std::size_t end) const { return {at(begin), at(end)}; }
};

ExpectedByte zero(std::uintptr_t) { return {true, 0}; }

TEST(MeasureDamage, NothingChangedIsNoDamage) {
  const Buffer buffer;
  const Damage damage = measure_damage(buffer.range(0, 512), buffer.at(0), buffer.range(0, 512), zero);
  EXPECT_FALSE(damage.present());
  EXPECT_EQ(damage.window.size, 0U);
}

TEST(MeasureDamage, SpansFromTheFirstToTheLastChangedByte) {
  for (std::size_t first = 100; first < 140; ++first) {
    for (std::size_t last = first; last < 140; ++last) {
      Buffer buffer;
      buffer.bytes[first] = 1;
      buffer.bytes[last] = 2;
      const Damage damage =
          measure_damage(buffer.range(100, 140), buffer.at(120), buffer.range(0, 512), zero);
      ASSERT_EQ(damage.address, buffer.at(first));
      ASSERT_EQ(damage.offset, static_cast<std::int64_t>(first) - 120);
      ASSERT_EQ(damage.length, last - first + 1);
      ASSERT_FALSE(damage.at_least);
      ASSERT_FALSE(damage.somewhere);
    }
  }
}

TEST(MeasureDamage, LooksOnlyAtItsRangeAndAtKnownBytes) {
  Buffer buffer;
  buffer.bytes[99] = buffer.bytes[140] = buffer.bytes[120] = 1;
  const auto unknown_120 = [&](std::uintptr_t address) {
    return address == buffer.at(120) ? ExpectedByte{} : ExpectedByte{true, 0};
  };
  EXPECT_FALSE(
      measure_damage(buffer.range(100, 140), buffer.at(0), buffer.range(0, 512), unknown_120).present());
}

TEST(MeasureDamage, TheWindowShowsTheBytesAroundAndStaysReadable) {
  for (std::size_t first = 0; first < 512; ++first) {
    Buffer buffer;
    for (std::size_t i = 0; i < 512; ++i) buffer.bytes[i] = static_cast<std::uint8_t>(i);
    buffer.bytes[first] ^= 0xFF;
    const AddressRange readable = buffer.range(0, 512);
    const auto counting = [&](std::uintptr_t address) -> ExpectedByte {
      return {true, static_cast<std::uint8_t>(address - buffer.at(0))};
    };
    const Damage damage = measure_damage(readable, buffer.at(0), readable, counting);
    const DamageWindow& window = damage.window;
    ASSERT_EQ(window.start % 16, 0U);
    ASSERT_GE(window.start, readable.begin);
    ASSERT_LE(window.start, damage.address);
    ASSERT_LE(damage.address - window.start, 47U);
    const std::size_t begin = window.start - buffer.at(0);
    ASSERT_EQ(window.size, begin + 128 <= 512 ? 128 : 512 - begin);
    for (std::size_t i = 0; i < window.size; ++i) {
      ASSERT_EQ(window.found[i], buffer.bytes[begin + i]);
      ASSERT_EQ(window.expected[i], static_cast<std::uint8_t>(begin + i));
      ASSERT_TRUE(window.known[i]);
    }
  }
}

TEST(MeasureDamage, TheWindowMarksBytesWithoutAKnownValue) {
  Buffer buffer;
  buffer.bytes[64] = 5;
  const auto only_64 = [&](std::uintptr_t address) -> ExpectedByte {
    return address == buffer.at(64) ? ExpectedByte{true, 9} : ExpectedByte{};
  };
  const Damage damage = measure_damage(buffer.range(0, 512), buffer.at(0), buffer.range(0, 512), only_64);
  ASSERT_EQ(damage.window.start, buffer.at(32));
  for (std::size_t i = 0; i < damage.window.size; ++i) {
    EXPECT_EQ(damage.window.known[i], i == 32);
  }
  EXPECT_EQ(damage.window.expected[32], 9U);
  EXPECT_EQ(damage.window.found[32], 5U);
}

ExpectedByte counting(std::uintptr_t address) { return {true, static_cast<std::uint8_t>(address * 7 | 1)}; }

struct Counting : Buffer {
  Counting() {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = counting(at(i)).value;
  }
  void change(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) bytes[i] ^= 0x80;
  }
  [[nodiscard]] Damage damage() const {
    return measure_damage(range(0, 512), at(0), range(0, 512), counting);
  }
};

// By chance one byte in 256 is as it was.
TEST(MeasureDamage, FourUntouchedBytesInARowAreAGap) {
  for (std::size_t gap = 0; gap < 40; ++gap) {
    Counting buffer;
    buffer.change(100, 104);
    buffer.change(104 + gap, 108 + gap);
    const Damage damage = buffer.damage();
    ASSERT_EQ(damage.length, 8 + gap);
    ASSERT_EQ(damage.apart, gap >= 4);
    ASSERT_EQ(damage.changed, gap >= 4 ? 8U : 0U);
    ASSERT_EQ(damage.least(), gap >= 4 ? 8U : 8U + gap);
  }
}

TEST(MeasureDamage, UntouchedBytesThatAreNotInARowAreNoGap) {
  Counting buffer;
  for (std::size_t i = 100; i < 200; i += 4) buffer.change(i, i + 1);
  const Damage damage = buffer.damage();
  EXPECT_FALSE(damage.apart);
  EXPECT_EQ(damage.least(), 97U);
}

// Nobody writes poison by chance, zeros everybody does.
TEST(MeasureDamage, UntouchedZerosAreNeitherAGapNorWritten) {
  Buffer buffer;
  buffer.bytes[100] = buffer.bytes[200] = 1;
  const Damage damage = measure_damage(buffer.range(0, 512), buffer.at(0), buffer.range(0, 512), zero);
  EXPECT_EQ(damage.length, 101U);
  EXPECT_FALSE(damage.apart);
  EXPECT_EQ(damage.least(), 2U);
}

TEST(MeasureDamage, BytesWithoutAKnownValueAreNoGap) {
  Counting buffer;
  buffer.change(100, 104);
  buffer.change(110, 114);
  const auto unknown_between = [&](std::uintptr_t address) {
    return address >= buffer.at(103) && address < buffer.at(110) ? ExpectedByte{} : counting(address);
  };
  const Damage damage =
      measure_damage(buffer.range(0, 512), buffer.at(0), buffer.range(0, 512), unknown_between);
  EXPECT_FALSE(damage.apart);
  EXPECT_EQ(damage.length, 14U);
}

// Says of whole sixteens of bytes whether all match.
struct Skipping {
  ExpectedByte operator()(std::uintptr_t address) const { return counting(address); }
  std::uintptr_t intact_until(std::uintptr_t address, std::uintptr_t end) const {
    const auto is_whole = [](std::uintptr_t from) {
      for (std::uintptr_t at = from; at < from + 16; ++at) {
        if (byte_at(at) != counting(at).value) return false;
      }
      return true;
    };
    while (address % 16 == 0 && end - address >= 16 && is_whole(address)) address += 16;
    return address;
  }
};

TEST(MeasureDamage, PassingOverWhatIsWholeChangesNothing) {
  for (std::size_t first = 96; first < 130; ++first) {
    for (std::size_t gap = 0; gap < 40; ++gap) {
      Counting buffer;
      buffer.change(first, first + 3);
      buffer.change(first + 3 + gap, first + 5 + gap);
      const Damage expected = buffer.damage();
      const Damage damage =
          measure_damage(buffer.range(0, 512), buffer.at(0), buffer.range(0, 512), Skipping{});
      ASSERT_EQ(damage.address, expected.address);
      ASSERT_EQ(damage.length, expected.length);
      ASSERT_EQ(damage.apart, expected.apart) << first << " and " << gap;
      ASSERT_EQ(damage.changed, expected.changed);
    }
  }
  const Counting whole;
  EXPECT_FALSE(measure_damage(whole.range(0, 512), whole.at(0), whole.range(0, 512), Skipping{}).present());
}

}  // namespace
}  // namespace padlock::core
