// Which damaged headers can be repaired, and which must not be.
#include "core/block/header_repair.h"

#include <gtest/gtest.h>

#include <vector>

namespace padlock::core {
namespace {

BlockFields live_block() {
  BlockFields fields;
  fields.granules = 9;
  fields.origin = Origin::kNewArray;
  fields.align_log2 = 4;
  fields.alloc_trace = 0xABCDEF;
  fields.alloc_thread = 3;
  fields.requested = 100;
  fields.number = 0x12345678;
  return fields;
}

class HeaderRepairTest : public ::testing::Test {
 protected:
  HeaderRepairTest() { write_header(&header_, live_block(), keys_); }

  void change(std::size_t byte) { reinterpret_cast<std::uint8_t*>(&header_)[byte] ^= 0x55; }
  [[nodiscard]] HeaderRepair repair(std::uint32_t granules = 9) const {
    return repair_header(&header_, granules, 0x12345700, keys_);
  }
  void expect_proven(std::size_t first, std::size_t last) {
    const HeaderRepair repaired = repair();
    ASSERT_TRUE(repaired.found) << first << ' ' << last;
    EXPECT_EQ(repaired.first, first);
    EXPECT_EQ(repaired.last, last);
    EXPECT_EQ(repaired.bytes, before_());
    EXPECT_EQ(repaired.fields.requested, 100U);
    EXPECT_EQ(repaired.fields.alloc_trace, 0xABCDEFU);
    EXPECT_EQ(repaired.fields.number, 0x12345678U);
  }
  [[nodiscard]] HeaderBytes before_() const {
    BlockHeader copy = header_;  // the seal depends on the address
    BlockHeader& there = const_cast<BlockHeader&>(header_);
    write_header(&there, live_block(), keys_);
    const HeaderBytes bytes = bytes_of(&there);
    there = copy;
    return bytes;
  }

  Keys keys_ = Keys::derive(77);
  BlockHeader header_{};
};

TEST_F(HeaderRepairTest, EveryValueOfEverySingleByteIsLocated) {
  const HeaderBytes intact = bytes_of(&header_);
  for (std::size_t byte = 0; byte < kHeaderSize; ++byte) {
    for (unsigned value = 0; value < 256; value += 7) {
      if (value == intact[byte]) continue;
      reinterpret_cast<std::uint8_t*>(&header_)[byte] = static_cast<std::uint8_t>(value);
      expect_proven(byte, byte);
    }
    reinterpret_cast<std::uint8_t*>(&header_)[byte] = intact[byte];
  }
}

TEST_F(HeaderRepairTest, UpToFiveBytesFromTheFrontAreProven) {
  for (std::size_t length = 1; length <= kFrontRepair; ++length) {
    write_header(&header_, live_block(), keys_);
    for (std::size_t i = 0; i < length; ++i) change(i);
    expect_proven(0, length - 1);
  }
}

TEST_F(HeaderRepairTest, TheFrontOfABlockOfAnyStateIsProven) {
  for (unsigned state = 0; state <= static_cast<unsigned>(BlockState::kBlank); ++state) {
    BlockFields fields = live_block();
    fields.state = static_cast<BlockState>(state);
    write_header(&header_, fields, keys_);
    for (std::size_t i = 0; i < kFrontRepair; ++i) change(i);
    const HeaderRepair repaired = repair();
    ASSERT_TRUE(repaired.found) << state;
    EXPECT_EQ(repaired.fields.state, fields.state);
    EXPECT_EQ(repaired.last, kFrontRepair - 1);
  }
}

// A state, an origin or an alignment that there is not was never in a header: that the seal would fit is
// chance.
TEST_F(HeaderRepairTest, OnlyFieldsThatABlockMayHaveAreBelieved) {
  for (unsigned state = 0; state < 8; ++state) {
    for (unsigned origin = 0; origin < 8; ++origin) {
      for (const unsigned alignment : {0U, 4U, 30U, 31U, 32U, 63U}) {
        BlockFields fields = live_block();
        fields.state = static_cast<BlockState>(state);
        fields.origin = static_cast<Origin>(origin);
        fields.align_log2 = static_cast<std::uint8_t>(alignment);
        write_header(&header_, fields, keys_);
        for (std::size_t i = 0; i < kFrontRepair; ++i) change(i);
        const HeaderRepair repaired = repair();
        const bool exists = state <= static_cast<unsigned>(BlockState::kBlank) &&
                            origin <= static_cast<unsigned>(Origin::kAligned) && alignment <= 30;
        ASSERT_EQ(repaired.found, exists) << state << ' ' << origin << ' ' << alignment;
        if (!exists) continue;
        ASSERT_EQ(repaired.fields.state, fields.state);
        ASSERT_EQ(repaired.fields.origin, fields.origin);
        ASSERT_EQ(repaired.fields.align_log2, fields.align_log2);
      }
    }
  }
}

TEST_F(HeaderRepairTest, UpToFourBytesFromTheBackAreProven) {
  for (std::size_t length = 1; length <= kBackRepair; ++length) {
    write_header(&header_, live_block(), keys_);
    for (std::size_t i = 0; i < length; ++i) change(kHeaderSize - 1 - i);
    expect_proven(kHeaderSize - length, kHeaderSize - 1);
  }
}

TEST_F(HeaderRepairTest, MoreThanThatIsNotGuessedAt) {
  for (std::size_t length = 6; length <= kHeaderSize; ++length) {
    write_header(&header_, live_block(), keys_);
    for (std::size_t i = 0; i < length; ++i) change(i);
    EXPECT_FALSE(repair().found) << length;
    write_header(&header_, live_block(), keys_);
    for (std::size_t i = 0; i < length; ++i) change(kHeaderSize - 1 - i);
    EXPECT_FALSE(repair().found) << length;
  }
  write_header(&header_, live_block(), keys_);
  change(9);
  change(20);
  EXPECT_FALSE(repair().found);
}

TEST_F(HeaderRepairTest, ALengthThatContradictsTheHeaderIsNoRepair) {
  change(12);
  EXPECT_TRUE(repair(9).found);
  EXPECT_FALSE(repair(10).found);
  EXPECT_TRUE(repair(0).found);  // not known
}

TEST_F(HeaderRepairTest, WhatVerifiesAsItIsNeedsNoRepair) {
  EXPECT_FALSE(repair().found);
  EXPECT_FALSE(repair(0).found);
}

TEST_F(HeaderRepairTest, WhatIsKnownElsewhereShowsEveryDifference) {
  const HeaderWords known = load_header(&header_);
  const HeaderBytes was = bytes_of(&header_);
  EXPECT_FALSE(repair_to(&header_, known).found);
  for (std::size_t first = 0; first < kHeaderSize; ++first) {
    for (std::size_t last = first; last < kHeaderSize; ++last) {
      write_header(&header_, live_block(), keys_);
      change(first);
      if (last != first) change(last);
      const HeaderRepair repaired = repair_to(&header_, known);
      ASSERT_TRUE(repaired.found);
      ASSERT_EQ(repaired.first, first);
      ASSERT_EQ(repaired.last, last);
      ASSERT_EQ(repaired.bytes, was);
      ASSERT_EQ(repaired.fields.requested, 100U);
      ASSERT_EQ(repaired.fields.granules, 9U);
      ASSERT_EQ(repaired.fields.origin, Origin::kNewArray);
      ASSERT_EQ(repaired.fields.alloc_trace, 0xABCDEFU);
      ASSERT_EQ(repaired.fields.number, 0x12345678U);
    }
  }
}

TEST_F(HeaderRepairTest, LeastOverrunLooksAtTheBytesThatKnowTheirValue) {
  for (std::size_t i = 0; i < 30; ++i) change(i);
  EXPECT_EQ(least_overrun(&header_, keys_), 6U);
  change(30);
  EXPECT_EQ(least_overrun(&header_, keys_), 31U);
  change(31);
  EXPECT_EQ(least_overrun(&header_, keys_), 32U);
}

}  // namespace
}  // namespace padlock::core
