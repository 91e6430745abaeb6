// The values of canaries: no byte is zero, and otherwise there is no kind of write that a padding always
// misses. How they are written and verified is in pattern_test.cpp.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::header_of;
using test::raw;
using test::TestHeap;

/// How often each bit of a word is set, and which values its bytes take.
class ByteCensus {
 public:
  void add(std::uint64_t word) {
    ++words_;
    for (unsigned bit = 0; bit < 64; ++bit) set_[bit] += static_cast<unsigned>(word >> bit & 1);
    for (unsigned byte = 0; byte < 8; ++byte) values_.insert(pattern_byte(word, byte));
  }
  void expect_no_fixed_bit(unsigned from_bit = 0) const {
    for (unsigned bit = from_bit; bit < 64; ++bit) {
      EXPECT_GT(set_[bit], words_ * 2 / 5) << bit;
      EXPECT_LT(set_[bit], words_ * 3 / 5) << bit;
    }
  }
  void expect_all_values_but_zero() const {
    EXPECT_EQ(values_.count(0), 0U);
    EXPECT_EQ(values_.size(), 255U);
  }

 private:
  unsigned words_ = 0;
  std::array<unsigned, 64> set_{};
  std::set<std::uint8_t> values_;
};

TEST(CanaryValues, OfManyBlocksNoByteIsZeroAndNoBitIsAlwaysTheSame) {
  TestHeap heap(test::TestHeapOptions{.region_bytes = 1 << 20});
  ByteCensus census;
  for (int i = 0; i < 4000; ++i) census.add(canary_behind(header_of(heap.allocate(24)), heap.heap.keys()));
  census.expect_no_fixed_bit();
  census.expect_all_values_but_zero();
}

TEST(CanaryValues, NorInTheLivesOfOneBlock) {
  alignas(16) std::array<BlockHeader, 1> memory;
  const Keys keys = Keys::derive(test::kTestKey);
  BlockFields fields;
  fields.granules = 4;
  fields.requested = 24;
  ByteCensus census;
  for (fields.number = 1; fields.number <= 4000; ++fields.number) {
    write_header(memory.data(), fields, keys);
    census.add(canary_behind(memory.data(), keys));
  }
  census.expect_no_fixed_bit();
  census.expect_all_values_but_zero();
}

TEST(CanaryValues, TheFrontCanaryIsThatOfThePlaceWithoutAZeroOrAFixedBit) {
  const Keys keys = Keys::derive(test::kTestKey);
  ByteCensus census;
  for (std::uintptr_t user = 0x7F0000000020U; user < 0x7F0000020020U; user += 16) {
    const std::uint64_t front = front_canary_of(user, keys);
    census.add(front << 48 | 0x010101010101U);
  }
  census.expect_no_fixed_bit(48);
  census.expect_all_values_but_zero();
}

TEST(CanaryValues, LeadBackToTheirSeal) {
  const Keys keys = Keys::derive(test::kTestKey);
  Random random(3);
  unsigned with_full_bytes = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto seal = static_cast<std::uint32_t>(random.next());
    const std::uint64_t canary = canary_of(seal, keys);
    ASSERT_EQ(seal_of_canary(canary, keys), seal);
    ASSERT_NE(seal_of_canary(canary ^ std::uint64_t{1} << i % 64, keys), seal);
    with_full_bytes += (canary & 0xFF) == 0xFF ? 1 : 0;
  }
  EXPECT_GT(with_full_bytes, 0U);
}

TEST(CanaryValues, OtherBytesAreNoCanary) {
  const Keys keys = Keys::derive(test::kTestKey);
  Random random(4);
  for (int i = 0; i < 20000; ++i) ASSERT_FALSE(seal_of_canary(random.next(), keys));
  for (std::uint64_t value = 0; value < 256; ++value)
    ASSERT_FALSE(seal_of_canary(value * 0x0101010101010101U, keys));
}

// SECURITY.md gives these odds. The heap and its addresses are always the same, and so is what comes out.
class CanaryOdds : public ::testing::Test {
 protected:
  static constexpr unsigned kBlocks = 10000;

  /// Blocks of `kBlocks` in which `write`, done to the first byte of the padding, was reported by free().
  template <typename Write>
  unsigned found(Write write) {
    TestHeap heap(test::TestHeapOptions{.region_bytes = 1 << 20});
    unsigned found = 0;
    for (unsigned i = 0; i < kBlocks; ++i) {
      const std::size_t size = i % 100;
      char* block = heap.allocate(size);
      write(raw(block) + size);
      heap.free(block);
      found += heap.faults.empty() ? 0 : 1;
      heap.faults.clear();
    }
    return found;
  }
};

TEST_F(CanaryOdds, AZeroAnIncrementAndAFlippedBitAreAlwaysSeen) {
  EXPECT_EQ(found([](std::uint8_t* byte) { *byte = 0; }), kBlocks);
  EXPECT_EQ(found([](std::uint8_t* byte) { ++*byte; }), kBlocks);
  for (unsigned bit = 0; bit < 8; ++bit) {
    EXPECT_EQ(found([&](std::uint8_t* byte) { *byte = static_cast<std::uint8_t>(*byte ^ 1U << bit); }),
              kBlocks);
  }
}

TEST_F(CanaryOdds, ABitThatIsSetOrClearedIsSeenInHalfOfTheBlocks) {
  for (unsigned bit = 0; bit < 8; ++bit) {
    EXPECT_NEAR(found([&](std::uint8_t* byte) { *byte = static_cast<std::uint8_t>(*byte | 1U << bit); }),
                kBlocks / 2, 300);
    EXPECT_NEAR(found([&](std::uint8_t* byte) { *byte = static_cast<std::uint8_t>(*byte & ~(1U << bit)); }),
                kBlocks / 2, 300);
  }
}

TEST_F(CanaryOdds, AByteGoesUnseenOnceIn256AndOneOf255OnceIn128) {
  for (const unsigned value : {1U, 'A' + 0U, 0x80U, 0xCDU, 0xFEU}) {
    EXPECT_NEAR(kBlocks - found([&](std::uint8_t* byte) { *byte = static_cast<std::uint8_t>(value); }),
                kBlocks / 256, 25);
  }
  EXPECT_NEAR(kBlocks - found([](std::uint8_t* byte) { *byte = 0xFF; }), kBlocks / 128, 35);
}

TEST_F(CanaryOdds, AWordIsSeen) {
  const auto store = [](std::uint8_t* to, std::uint64_t word) { std::memcpy(to, &word, sizeof word); };
  for (const std::uint64_t word : {std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{0x4141414141414141}}) {
    EXPECT_EQ(found([&](std::uint8_t* byte) { store(byte, word); }), kBlocks);
  }
}

TEST(LostHeader, AWholePaddingShowsWhatWasRequested) {
  for (std::size_t size = 0; size <= 64; ++size) {
    TestHeap heap;
    static_cast<void>(heap.allocate(24));
    char* block = heap.allocate(size);
    std::memset(block, '~', size);
    std::memset(block - 32, 0, 32);
    EXPECT_EQ(heap.check(), 1U);
    EXPECT_EQ(heap.heap.usable_size(block, heap.faults), 0U);  // refused, and mended
    heap.faults.clear();
    EXPECT_EQ(heap.heap.usable_size(block, heap.faults), size);
    heap.free(block);
    EXPECT_TRUE(heap.faults.empty());
  }
}

// A run from the first block over the whole second one. Which bytes the second padding had is lost with its
// header.
TEST(LostHeader, ARunIsFollowedToTheFirstByteOfADamagedPadding) {
  TestHeap heap;
  char* first = heap.allocate(40);
  char* second = heap.allocate(40);
  static_cast<void>(heap.allocate(40));
  for (std::size_t beyond = 0; beyond <= 8; ++beyond) {
    SCOPED_TRACE(beyond);
    std::array<char, 160> kept;
    std::memcpy(kept.data(), first, kept.size());
    std::memset(first + 40, 0, static_cast<std::size_t>(second - first) + beyond);
    EXPECT_EQ(heap.check(), 1U);
    const Fault fault = heap.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
    EXPECT_EQ(fault.block.user, test::at(first));
    EXPECT_EQ(fault.neighbour.user, test::at(second));
    EXPECT_TRUE(fault.damage.at_least);
    const auto to_second = static_cast<std::uint64_t>(second - first) - 40;
    EXPECT_EQ(fault.damage.length, beyond == 0 ? to_second : to_second + 41);
    std::memcpy(first, kept.data(), kept.size());
  }
  EXPECT_EQ(heap.check(), 0U);
}

TEST(LostHeader, ARunThatWentOnOverTheNextHeaderCoveredThePadding) {
  TestHeap heap;
  char* first = heap.allocate(40);
  char* second = heap.allocate(40);
  char* third = heap.allocate(40);
  // Up to the first byte of the third header, of which so few can be proven.
  // Bytes of different values, so that no run of one value leads there.
  const std::size_t length = static_cast<std::size_t>(third - first) - 40 - 32 + 1;
  for (std::size_t i = 0; i < length; ++i) raw(first)[40 + i] ^= 0x55;
  EXPECT_EQ(heap.check(), 1U);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.block.user, test::at(first));
  EXPECT_EQ(fault.neighbour.user, test::at(second));
  EXPECT_FALSE(fault.damage.at_least);
  EXPECT_EQ(fault.damage.length, length);
}

}  // namespace
}  // namespace padlock::core
