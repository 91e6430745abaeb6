// How often a single write into freed memory is seen, by kind of write: over 10,000 blocks, each written to
// once at an offset of its own. The figures are in SECURITY.md; `./dev odds` prints them. Padding:
// canary_test.cpp.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "base/random.h"
#include "core/block/pattern.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::raw;
using test::TestHeap;

constexpr unsigned kBlocks = 10000;
constexpr std::size_t kSize = 40;  // with its padding 48 bytes that are looked at

class PoisonOdds : public testing::Test {
 protected:
  PoisonOdds() {
    for (char*& block : blocks_) block = heap_.allocate(kSize);
    for (char* block : blocks_) heap_.free(block);
  }

  /// Of how many blocks `write(bytes, offset, random)` is seen. Every second one is looked at in its first
  /// word: flags and counts often lie at one offset.
  template <typename Write>
  unsigned seen(const char* kind, std::size_t width, Write write) {
    Random random(1);
    unsigned count = 0;
    for (unsigned i = 0; i < kBlocks; ++i) {
      std::byte* const begin = reinterpret_cast<std::byte*>(blocks_[i]);
      std::byte before[48];
      std::memcpy(before, begin, sizeof before);
      const std::size_t offset = i % 2 == 0 ? 0 : random.next() % (sizeof before / width) * width;
      write(raw(blocks_[i]) + offset, random.next());
      count += poison_intact(begin, begin + sizeof before, heap_.heap.keys().poison) ? 0 : 1;
      std::memcpy(begin, before, sizeof before);
    }
    std::printf("  %-22s %6.2f %%\n", kind, 100.0 * count / kBlocks);
    return count;
  }

  TestHeap heap_{
      test::TestHeapOptions{.region_bytes = 4 << 20, .slots = 2 * kBlocks}.with_quarantine(4 << 20)};
  char* blocks_[kBlocks];
};

std::uint64_t load(const std::uint8_t* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}
void store(std::uint8_t* at, std::uint64_t word) { std::memcpy(at, &word, sizeof word); }

TEST_F(PoisonOdds, ABitThatIsSetOrClearedIsSeenInHalfOfTheBlocks) {
  for (unsigned bit = 0; bit < 8; ++bit) {
    const std::string name = "bit " + std::to_string(bit) + " of a byte set";
    const unsigned set = seen(name.c_str(), 1, [bit](std::uint8_t* at, std::uint64_t) {
      *at = static_cast<std::uint8_t>(*at | 1U << bit);
    });
    EXPECT_NEAR(set, kBlocks / 2, kBlocks / 10) << bit;
    const unsigned cleared = seen("... cleared", 1, [bit](std::uint8_t* at, std::uint64_t) {
      *at = static_cast<std::uint8_t>(*at & ~(1U << bit));
    });
    EXPECT_EQ(set + cleared, kBlocks) << bit;
  }
}

TEST_F(PoisonOdds, AnIncrementAndAFlippedBitAreAlwaysSeen) {
  EXPECT_EQ(seen("a word incremented", 8, [](std::uint8_t* at, std::uint64_t) { store(at, load(at) + 1); }),
            kBlocks);
  EXPECT_EQ(seen("a byte decremented", 1, [](std::uint8_t* at, std::uint64_t) { --*at; }), kBlocks);
  EXPECT_EQ(seen("a bit flipped", 1,
                 [](std::uint8_t* at, std::uint64_t value) {
                   *at = static_cast<std::uint8_t>(*at ^ 1U << value % 8);
                 }),
            kBlocks);
}

TEST_F(PoisonOdds, AByteGoesUnseenOnceIn256) {
  for (const unsigned value : {0x00U, 0x01U, 0x41U, 0xFFU}) {
    const std::string name = "byte " + std::to_string(value);
    EXPECT_GT(seen(name.c_str(), 1,
                   [value](std::uint8_t* at, std::uint64_t) { *at = static_cast<std::uint8_t>(value); }),
              kBlocks - kBlocks / 50)
        << value;
  }
  EXPECT_GT(seen("a random byte", 1,
                 [](std::uint8_t* at, std::uint64_t value) { *at = static_cast<std::uint8_t>(value); }),
            kBlocks - kBlocks / 100);
}

TEST_F(PoisonOdds, AWordIsSeen) {
  EXPECT_EQ(seen("a word of zeros", 8, [](std::uint8_t* at, std::uint64_t) { store(at, 0); }), kBlocks);
  EXPECT_EQ(seen("a random word", 8, store), kBlocks);
}

}  // namespace
}  // namespace padlock::core
