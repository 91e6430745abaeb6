// Numbers from bytes, and what happens at the end of the buffer.
#include "trace/byte_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace padlock::trace {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(ByteReader, FixedSizesAreLittleEndian) {
  const Bytes bytes{0x01, 0x02, 0x03, 0xff};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.fixed<std::uint16_t>(), 0x0201);
  EXPECT_EQ(reader.fixed<std::uint8_t>(), 0x03);
  EXPECT_EQ(reader.fixed<std::uint8_t>(), 0xff);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, ReadsPastTheEndGiveZeroAndStick) {
  const Bytes bytes{0x11, 0x22, 0x33};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.fixed<std::uint32_t>(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.fixed<std::uint8_t>(), 0);
}

TEST(ByteReader, TakingMoreThanThereIsFails) {
  const Bytes bytes{1, 2};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.take(2).size(), 2U);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.take(~std::uint64_t{0}).empty());
  EXPECT_FALSE(reader.ok());
}

std::uint64_t uleb(const Bytes& bytes) { return ByteReader(bytes).uleb(); }
std::int64_t sleb(const Bytes& bytes) { return ByteReader(bytes).sleb(); }

// The examples of DWARF 5, tables 7.7 and 7.8, and the limits.
TEST(ByteReader, UnsignedLeb) {
  EXPECT_EQ(uleb({0x02}), 2U);
  EXPECT_EQ(uleb({0x7f}), 127U);
  EXPECT_EQ(uleb({0x80, 0x01}), 128U);
  EXPECT_EQ(uleb({0xb9, 0x64}), 12857U);
  EXPECT_EQ(uleb({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}), ~std::uint64_t{0});
}

TEST(ByteReader, SignedLeb) {
  EXPECT_EQ(sleb({0x02}), 2);
  EXPECT_EQ(sleb({0x7e}), -2);
  EXPECT_EQ(sleb({0xff, 0x00}), 127);
  EXPECT_EQ(sleb({0x81, 0x7f}), -127);
  EXPECT_EQ(sleb({0x80, 0x7f}), -128);
  EXPECT_EQ(sleb({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}), INT64_MIN);
}

// As an assembler writes them: as few bytes as will do.
Bytes written_as_uleb(std::uint64_t value) {
  Bytes bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}
Bytes written_as_sleb(std::int64_t value) {
  Bytes bytes;
  for (; value < -0x40 || value >= 0x40; value >>= 7)
    bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value & 0x7f));
  return bytes;
}

// Around each power of two, with another number behind.
TEST(ByteReader, LebIsReadAsItWasWritten) {
  constexpr std::uint8_t kBehind = 0x55;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (std::uint64_t more = 0; more < 3; ++more) {
      const std::uint64_t value = (std::uint64_t{1} << bit) - 1 + more;
      Bytes bytes = written_as_uleb(value);
      bytes.push_back(kBehind);
      ByteReader reader(bytes);
      EXPECT_EQ(reader.uleb(), value);
      EXPECT_EQ(reader.fixed<std::uint8_t>(), kBehind) << value;
      for (const std::uint64_t either : {value, ~value}) {
        const auto number = static_cast<std::int64_t>(either);
        bytes = written_as_sleb(number);
        bytes.push_back(kBehind);
        ByteReader again(bytes);
        EXPECT_EQ(again.sleb(), number);
        EXPECT_EQ(again.fixed<std::uint8_t>(), kBehind) << number;
        EXPECT_TRUE(again.ok() && again.at_end());
      }
    }
  }
}

TEST(ByteReader, LebOfElevenBytesFails) {
  Bytes bytes(10, 0x80);
  bytes.push_back(0);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.uleb(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, LebThatEndsTooSoonOrTooLateFails) {
  for (const Bytes& bytes : {Bytes{}, Bytes{0x80}, Bytes(11, 0x80), Bytes(100, 0xff)}) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.uleb(), 0U);
    EXPECT_FALSE(reader.ok());
    ByteReader again(bytes);
    EXPECT_EQ(again.sleb(), 0);
    EXPECT_FALSE(again.ok());
  }
}

}  // namespace
}  // namespace padlock::trace
