// What is read from a header that cannot be repaired: nothing is claimed that the damage may have changed
// and that nothing else shows.
#include "core/block/header_remains.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/block/sealed_block.h"

namespace padlock::core {
namespace {

constexpr std::uint32_t kGranules = 9;
constexpr std::uint64_t kOneHigh = std::uint64_t{1} << 32;  // the first number that has a high part

class HeaderRemainsTest : public ::testing::Test {
 protected:
  // Its data are zeros, which no padding is.
  void make_block(std::uint64_t number) {
    fields_ = {};
    fields_.granules = kGranules;
    fields_.origin = Origin::kNewArray;
    fields_.alloc_trace = 0xABCDEF;
    fields_.alloc_thread = 0x0203;
    fields_.requested = 100;
    fields_.number = number;
    std::memset(&block_, 0, sizeof block_);
    seal_block(header(), fields_, capacity_of(kGranules), keys_);
  }
  BlockHeader* header() { return &block_.header; }
  void change(std::size_t byte, std::uint8_t by) { reinterpret_cast<std::uint8_t*>(header())[byte] ^= by; }
  HeaderRemains remains(std::uint64_t latest, bool live = true) {
    return remains_of(header(), kGranules, latest, live, keys_);
  }

  struct {
    BlockHeader header;
    std::byte data[capacity_of(kGranules)];
  } block_{};
  BlockFields fields_;
  Keys keys_ = Keys::derive(77);
};

constexpr std::size_t begin_of(const HeaderField& field) { return field.word * 8 + field.shift / 8; }
constexpr bool is_in(std::size_t byte, const HeaderField& field) {
  return byte >= begin_of(field) && byte < begin_of(field) + field.width / 8;
}

// The high part of a number stands beside the canary, where most writes before a block end: it is known only
// where no number has one yet.
TEST_F(HeaderRemainsTest, ANumberIsClaimedOnlyIfAllOfItIsKnown) {
  for (const std::uint64_t latest : {std::uint64_t{5}, kOneHigh - 1, kOneHigh, kOneHigh + 5, 3 * kOneHigh}) {
    for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{5}, kOneHigh - 1, kOneHigh + 5}) {
      if (number > latest) continue;
      for (std::size_t byte = begin_of(header_field::kNumberHigh); byte < kHeaderSize; ++byte) {
        for (unsigned by = 1; by < 256; by += by < 8 ? 1 : 31) {
          make_block(number);
          change(begin_of(header_field::kAllocTrace), 0x55);
          change(byte, static_cast<std::uint8_t>(by));
          const HeaderRemains found = remains(latest);
          ASSERT_EQ(found.numbered, latest < kOneHigh) << latest << ' ' << number << ' ' << byte << ' ' << by;
          if (found.numbered) {
            ASSERT_EQ(found.fields.number, number);
            ASSERT_EQ(found.fields.alloc_thread, fields_.alloc_thread);
          }
        }
      }
    }
  }
}

TEST_F(HeaderRemainsTest, NoNumberIsGreaterThanTheLatest) {
  for (const std::uint64_t latest : {std::uint64_t{0x10}, std::uint64_t{0x1234}, kOneHigh - 0x101}) {
    for (const std::uint64_t number : {std::uint64_t{0}, latest - 1, latest, latest + 1, latest + 0x100}) {
      make_block(number);
      change(begin_of(header_field::kAllocTrace), 0x55);
      change(begin_of(header_field::kSeal), 0x55);
      EXPECT_EQ(remains(latest).numbered, number != 0 && number <= latest) << latest << ' ' << number;
    }
  }
}

// Whichever two bytes were hit: what is said of the rest is what was there.
TEST_F(HeaderRemainsTest, OfTwoDamagedBytesNoneIsTakenForKnown) {
  constexpr std::uint64_t kNumber = 0x12345678;
  for (std::size_t one = 0; one < kHeaderSize; ++one) {
    for (std::size_t other = one + 1; other < kHeaderSize; ++other) {
      for (const unsigned by : {2U, 0x55U, 0x80U}) {
        make_block(kNumber);
        const HeaderBytes was = bytes_of(header());
        change(one, static_cast<std::uint8_t>(by));
        change(other, static_cast<std::uint8_t>(by));
        const HeaderRemains found = remains(kNumber + 9);
        for (std::size_t i = 0; i < kHeaderSize; ++i) {
          const bool hit = i == one || i == other;
          ASSERT_TRUE(hit || !found.changed[i]) << i;
          if (!found.known[i]) continue;
          ASSERT_EQ(found.bytes[i], was[i]) << i;
          ASSERT_EQ(found.changed[i], hit) << i;
        }
        ASSERT_EQ(found.requested, fields_.requested) << "the padding shows it";
        const auto hit = [&](const HeaderField& field) { return is_in(one, field) || is_in(other, field); };
        const bool first_five = one < begin_of(header_field::kAllocTrace);
        // Another origin or alignment may be a block's as well.
        const bool legible = !hit(header_field::kRequested) && !hit(header_field::kFreeTrace);
        ASSERT_EQ(found.legible, legible && (!first_five || found.legible))
            << one << ' ' << other << ' ' << by;
        if (!found.numbered) continue;
        ASSERT_TRUE(found.legible);
        ASSERT_FALSE(hit(header_field::kFreeThread));
        ASSERT_LE(found.fields.number, kNumber + 9);
        if (!hit(header_field::kNumberLow)) {
          ASSERT_EQ(found.fields.number, kNumber);
        }
      }
    }
  }
}

// Of a block that nobody has, the bytes of a freed one mean nothing.
TEST_F(HeaderRemainsTest, OfABlockThatIsNotLiveNoMoreIsKnownThanItsLengthAndItsCanary) {
  make_block(7);
  change(10, 0x55);
  change(20, 0x55);
  const HeaderRemains found = remains(7, false);
  EXPECT_FALSE(found.requested);
  EXPECT_FALSE(found.legible);
  EXPECT_FALSE(found.numbered);
  for (std::size_t i = begin_of(header_field::kRequested); i < begin_of(header_field::kNumberLow); ++i)
    EXPECT_FALSE(found.known[i]) << i;
}

TEST_F(HeaderRemainsTest, ThePaddingShowsTheSizeOfABlockAsLongAsItsLastBytesHold) {
  constexpr std::size_t kCapacity = capacity_of(kGranules);
  make_block(7);
  for (std::size_t hit = fields_.requested; hit < kCapacity; ++hit) {
    make_block(7);
    const std::uint32_t seal = seal_in(load_header(header()));
    header()->user()[hit] ^= std::byte{0x55};
    const auto padding = padding_remains(header(), kGranules, keys_);
    if (hit < kCapacity - 8) {
      ASSERT_TRUE(padding) << hit;
      EXPECT_EQ(padding->requested, std::max<std::uint64_t>(hit + 1, fields_.requested)) << hit;
      EXPECT_EQ(padding->seal, seal);
    } else if (padding) {
      EXPECT_NE(padding->seal, seal) << hit;
    }
  }
}

// Not even where a canary lies in its header.
TEST_F(HeaderRemainsTest, AStretchTooShortForABlockHasNoPadding) {
  make_block(7);
  store_word(header()->user() - kMinPadding, canary_of(1, keys_));
  for (std::uint32_t granules = 0; granules < kMinBlockGranules; ++granules)
    EXPECT_FALSE(padding_remains(header(), granules, keys_)) << granules;
  store_word(header()->user() + capacity_of(kMinBlockGranules) - kMinPadding, canary_of(1, keys_));
  EXPECT_TRUE(padding_remains(header(), kMinBlockGranules, keys_));
}

// What the first word says is held against what a live block there can be. The seal does not fit, so that it
// is read as it stands.
TEST_F(HeaderRemainsTest, AHeaderThatNoBlockThereHasIsNotLegible) {
  const auto legible = [&](const HeaderField& field, std::uint64_t value) {
    make_block(7);
    auto words = load_header(header());
    field.put(words, value);
    header_field::kSeal.put(words, seal_in(words) ^ 0x55);
    store_header(header(), words);
    return remains(7).legible;
  };
  EXPECT_TRUE(legible(header_field::kGranules, kGranules));
  EXPECT_FALSE(legible(header_field::kGranules, kGranules - 1));
  EXPECT_FALSE(legible(header_field::kGranules, kGranules + 1));
  EXPECT_FALSE(legible(header_field::kState, static_cast<unsigned>(BlockState::kQuarantined)));
  EXPECT_FALSE(legible(header_field::kFreeTrace, 1));
  for (unsigned origin = 0; origin <= header_field::kOrigin.most(); ++origin)
    EXPECT_EQ(legible(header_field::kOrigin, origin), origin <= static_cast<unsigned>(Origin::kAligned));
  const auto user = address_of(header()->user());
  for (unsigned align_log2 = 0; align_log2 <= header_field::kAlignLog2.most(); ++align_log2) {
    const bool aligned = align_log2 < 31 && user % (std::uintptr_t{1} << align_log2) == 0;
    EXPECT_EQ(legible(header_field::kAlignLog2, align_log2), aligned) << align_log2;
  }
  for (const std::uint64_t requested : {98U, 99U, 102U, 103U})
    EXPECT_FALSE(legible(header_field::kRequested, requested)) << requested;
  EXPECT_TRUE(legible(header_field::kRequested, 101)) << "the last byte of the data may look like padding";
}

}  // namespace
}  // namespace padlock::core
