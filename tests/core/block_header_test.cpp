// Header fields: packing, unpacking and limits.
#include "core/block/header.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace padlock::core {
namespace {

constexpr std::uint64_t kMostNumbered = (std::uint64_t{1} << 48) - 1;

struct Sample {
  std::uint64_t key;
  std::size_t slot;  // where in a page the header lies
  BlockFields fields;
};

BlockFields all_ones() {
  BlockFields fields;
  fields.granules = kMaxGranules;
  fields.state = BlockState::kCondemned;
  fields.origin = Origin::kAligned;
  fields.align_log2 = 63;
  fields.alloc_trace = kMaxTrace;
  fields.free_trace = kMaxTrace;
  fields.alloc_thread = 0xFFFF;
  fields.free_thread = 0xFFFF;
  fields.requested = header_field::kRequested.most();
  fields.number = kMostNumbered;
  return fields;
}

BlockFields typical() {
  BlockFields fields;
  fields.granules = 6;
  fields.origin = Origin::kNewArray;
  fields.alloc_trace = 0x123;
  fields.alloc_thread = 1;
  fields.requested = 50;
  fields.number = 0x1234567;
  return fields;
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    for (const std::size_t slot : {0U, 7U, 100U}) {
      for (const BlockFields& fields : {BlockFields{}, typical(), all_ones()})
        all.push_back({key, slot, fields});
    }
  }
  return all;
}

class Page {
 public:
  BlockHeader* header(std::size_t slot) { return &headers_.at(slot); }

 private:
  alignas(4096) std::array<BlockHeader, 128> headers_{};
};

void flip(BlockHeader* header, unsigned bit) { header->words[bit / 64] ^= std::uint64_t{1} << (bit % 64); }

void expect_same(const BlockFields& a, const BlockFields& b) {
  EXPECT_EQ(a.granules, b.granules);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.origin, b.origin);
  EXPECT_EQ(a.align_log2, b.align_log2);
  EXPECT_EQ(a.alloc_trace, b.alloc_trace);
  EXPECT_EQ(a.free_trace, b.free_trace);
  EXPECT_EQ(a.alloc_thread, b.alloc_thread);
  EXPECT_EQ(a.free_thread, b.free_thread);
  EXPECT_EQ(a.requested, b.requested);
  EXPECT_EQ(a.number, b.number);
}

TEST(BlockHeader, ReadsBackWhatWasWritten) {
  Page page;
  for (const Sample& sample : samples()) {
    const Keys keys = Keys::derive(sample.key);
    write_header(page.header(sample.slot), sample.fields, keys);
    BlockFields read;
    ASSERT_EQ(read_header(page.header(sample.slot), keys, read), HeaderVerdict::kIntact);
    expect_same(read, sample.fields);
  }
}

TEST(BlockHeader, EveryFieldKeepsToItsOwnBits) {
  Page page;
  const Keys keys = Keys::derive(3);
  const auto round_trip = [&](const BlockFields& fields) {
    write_header(page.header(0), fields, keys);
    BlockFields read;
    EXPECT_EQ(read_header(page.header(0), keys, read), HeaderVerdict::kIntact);
    expect_same(read, fields);
  };
  const BlockFields ones = all_ones();
  for (const BlockFields& ground : {BlockFields{}, ones}) {
    const BlockFields other = &ground == &ones ? BlockFields{} : ones;
    BlockFields fields;
    round_trip((fields = ground, fields.granules = other.granules, fields));
    round_trip((fields = ground, fields.state = other.state, fields));
    round_trip((fields = ground, fields.origin = other.origin, fields));
    round_trip((fields = ground, fields.align_log2 = other.align_log2, fields));
    round_trip((fields = ground, fields.alloc_trace = other.alloc_trace, fields));
    round_trip((fields = ground, fields.free_trace = other.free_trace, fields));
    round_trip((fields = ground, fields.alloc_thread = other.alloc_thread, fields));
    round_trip((fields = ground, fields.free_thread = other.free_thread, fields));
    round_trip((fields = ground, fields.requested = other.requested, fields));
    round_trip((fields = ground, fields.number = other.number, fields));
  }
}

TEST(BlockHeader, ValuesBeyondAFieldAreCutAndReachNoOtherField) {
  Page page;
  const Keys keys = Keys::derive(3);
  BlockFields fields;
  fields.granules = UINT32_MAX;
  fields.alloc_trace = UINT32_MAX;
  fields.free_trace = UINT32_MAX;
  fields.align_log2 = 255;
  fields.requested = UINT64_MAX;
  fields.number = UINT64_MAX;
  write_header(page.header(0), fields, keys);
  BlockFields read;
  ASSERT_EQ(read_header(page.header(0), keys, read), HeaderVerdict::kIntact);
  EXPECT_EQ(read.granules, kMaxGranules);
  EXPECT_EQ(read.alloc_trace, kMaxTrace);
  EXPECT_EQ(read.free_trace, kMaxTrace);
  EXPECT_EQ(read.align_log2, 63U);
  EXPECT_EQ(read.requested, header_field::kRequested.most());
  EXPECT_EQ(read.number, kMostNumbered);
  EXPECT_EQ(read.state, BlockState::kLive);
  EXPECT_EQ(read.origin, Origin::kMalloc);
  EXPECT_EQ(read.alloc_thread, 0U);
  EXPECT_EQ(read.free_thread, 0U);
}

TEST(BlockHeader, EveryOneBitFlipIsDetectedAndTheLastByteIsToldApart) {
  Page page;
  for (const Sample& sample : samples()) {
    const Keys keys = Keys::derive(sample.key);
    BlockHeader* header = page.header(sample.slot);
    write_header(header, sample.fields, keys);
    for (unsigned bit = 0; bit < 256; ++bit) {
      flip(header, bit);
      BlockFields read;
      ASSERT_EQ(read_header(header, keys, read),
                bit >= 248 ? HeaderVerdict::kFrontDamaged : HeaderVerdict::kCorrupt)
          << bit;
      flip(header, bit);
    }
  }
}

TEST(BlockHeader, EveryTwoBitFlipIsDetected) {
  Page page;
  for (const Sample& sample : samples()) {
    const Keys keys = Keys::derive(sample.key);
    BlockHeader* header = page.header(sample.slot);
    write_header(header, sample.fields, keys);
    for (unsigned first = 0; first < 256; ++first) {
      flip(header, first);
      for (unsigned second = first + 1; second < 256; ++second) {
        flip(header, second);
        BlockFields read;
        ASSERT_NE(read_header(header, keys, read), HeaderVerdict::kIntact) << first << ' ' << second;
        flip(header, second);
      }
      flip(header, first);
    }
  }
}

TEST(BlockHeader, EveryChangedByteIsDetected) {
  Page page;
  const Keys keys = Keys::derive(11);
  BlockHeader* header = page.header(4);
  write_header(header, typical(), keys);
  auto* bytes = reinterpret_cast<std::uint8_t*>(header);
  for (std::size_t i = 0; i < kHeaderSize; ++i) {
    const std::uint8_t kept = bytes[i];
    for (unsigned value = 0; value < 256; ++value) {
      bytes[i] = static_cast<std::uint8_t>(value);
      BlockFields read;
      ASSERT_EQ(read_header(header, keys, read) == HeaderVerdict::kIntact, value == kept);
    }
    bytes[i] = kept;
  }
}

TEST(BlockHeader, DoesNotVerifyElsewhereOrUnderAnotherKey) {
  Page page;
  const Keys keys = Keys::derive(11);
  write_header(page.header(4), typical(), keys);
  BlockFields read;
  EXPECT_NE(read_header(page.header(4), Keys::derive(12), read), HeaderVerdict::kIntact);
  for (const std::size_t slot : {0U, 3U, 5U, 127U}) {
    *page.header(slot) = *page.header(4);
    EXPECT_NE(read_header(page.header(slot), keys, read), HeaderVerdict::kIntact);
  }
}

TEST(BlockHeader, MemoryOfOneValueIsNoHeader) {
  Page page;
  for (std::uint64_t key = 0; key < 50; ++key) {
    const Keys keys = Keys::derive(key);
    for (unsigned value = 0; value < 256; ++value) {
      for (std::uint64_t& word : page.header(9)->words) word = value * 0x0101010101010101U;
      BlockFields read;
      ASSERT_NE(read_header(page.header(9), keys, read), HeaderVerdict::kIntact);
    }
  }
}

TEST(Snapshot, OfKnownFieldsTellsEverything) {
  Page page;
  BlockFields fields = typical();
  fields.align_log2 = 6;
  fields.state = BlockState::kQuarantined;
  fields.free_trace = 9;
  fields.free_thread = 2;
  const BlockSnapshot snapshot = snapshot_of(page.header(0), 6, fields);
  EXPECT_TRUE(snapshot.present());
  EXPECT_TRUE(snapshot.sealed);
  EXPECT_EQ(snapshot.header, address_of(page.header(0)));
  EXPECT_EQ(snapshot.user, address_of(page.header(0)) + 32);
  EXPECT_EQ(snapshot.block_size, 96U);
  EXPECT_EQ(snapshot.requested, 50U);
  EXPECT_EQ(snapshot.alignment, 64U);
  EXPECT_EQ(snapshot.number, 0x1234567U);
  EXPECT_EQ(snapshot.alloc_trace, 0x123U);
  EXPECT_EQ(snapshot.free_trace, 9U);
  EXPECT_EQ(snapshot.alloc_thread, 1U);
  EXPECT_EQ(snapshot.free_thread, 2U);
  EXPECT_EQ(snapshot.state, BlockState::kQuarantined);
  EXPECT_EQ(snapshot.origin, Origin::kNewArray);
}

TEST(Snapshot, OfALiveBlockLeadsBackToItsFields) {
  Page page;
  for (const unsigned align_log2 : {0U, 6U, 30U}) {
    BlockFields fields = typical();
    fields.align_log2 = static_cast<std::uint8_t>(align_log2);
    const BlockFields again = fields_of(snapshot_of(page.header(0), fields.granules, fields));
    EXPECT_EQ(pack_header(again, 0x10000, Keys{}), pack_header(fields, 0x10000, Keys{})) << align_log2;
  }
}

TEST(Snapshot, WithoutFieldsTellsOnlyWhatIsKnownOutOfBand) {
  Page page;
  const BlockSnapshot snapshot = snapshot_of(page.header(0), 6);
  EXPECT_TRUE(snapshot.present());
  EXPECT_FALSE(snapshot.sealed);
  EXPECT_EQ(snapshot.header, address_of(page.header(0)));
  EXPECT_EQ(snapshot.user, address_of(page.header(0)) + 32);
  EXPECT_EQ(snapshot.block_size, 96U);
  EXPECT_EQ(snapshot.requested, 0U);
  EXPECT_EQ(snapshot.alloc_trace, 0U);
}

}  // namespace
}  // namespace padlock::core
