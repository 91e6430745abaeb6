// Bitmaps against a plain array of flags.
#include "base/bitmap.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/dice.h"

namespace padlock {
namespace {

struct Fixture {
  explicit Fixture(std::uint32_t bits) : storage(Bitmap::words_for(bits)) {
    bitmap.attach(storage.data(), bits);
  }
  std::vector<std::uint64_t> storage;
  Bitmap bitmap;
};

std::uint32_t last_in(const std::set<std::uint32_t>& model, std::uint32_t bit) {
  auto after = model.upper_bound(bit);
  return after == model.begin() ? Bitmap::kNone : *--after;
}

std::uint32_t first_in(const std::set<std::uint32_t>& model, std::uint32_t begin, std::uint32_t end) {
  const auto found = model.lower_bound(begin);
  return found == model.end() || *found >= end ? Bitmap::kNone : *found;
}

void expect_equal(const Bitmap& bitmap, const std::set<std::uint32_t>& model, std::uint32_t bits) {
  for (std::uint32_t bit = 0; bit < bits; ++bit) {
    ASSERT_EQ(bitmap.test(bit), model.contains(bit)) << bit;
    ASSERT_EQ(bitmap.last_at_or_before(bit), last_in(model, bit)) << bit;
    ASSERT_EQ(bitmap.first_in(bit, bits), first_in(model, bit, bits)) << bit;
  }
}

TEST(Bitmap, StorageHoldsTheWordsAndTheirSummary) {
  EXPECT_EQ(Bitmap::words_for(0), 0U);
  EXPECT_EQ(Bitmap::words_for(1), 2U);
  EXPECT_EQ(Bitmap::words_for(64), 2U);
  EXPECT_EQ(Bitmap::words_for(65), 3U);
  EXPECT_EQ(Bitmap::words_for(64 * 64), 65U);
  EXPECT_EQ(Bitmap::words_for(64 * 64 + 1), 67U);
}

TEST(Bitmap, EverySingleBitIsFoundFromEverywhere) {
  constexpr std::uint32_t kBits = 64 * 3 + 5;
  for (std::uint32_t bit = 0; bit < kBits; ++bit) {
    Fixture f(kBits);
    f.bitmap.set(bit);
    expect_equal(f.bitmap, {bit}, kBits);
    f.bitmap.clear(bit);
    expect_equal(f.bitmap, {}, kBits);
  }
}

TEST(Bitmap, AnEmptyRangeHoldsNothing) {
  Fixture f(128);
  f.bitmap.set(70);
  EXPECT_EQ(f.bitmap.first_in(70, 70), Bitmap::kNone);
  EXPECT_EQ(f.bitmap.first_in(71, 70), Bitmap::kNone);
  EXPECT_EQ(f.bitmap.first_in(70, 71), 70U);
  EXPECT_EQ(f.bitmap.first_in(0, 70), Bitmap::kNone);
}

TEST(Bitmap, SparseBitsAreFoundAcrossSummaryWords) {
  constexpr std::uint32_t kBits = 64 * 64 * 5;
  Fixture f(kBits);
  f.bitmap.set(3);
  f.bitmap.set(kBits - 1);
  EXPECT_EQ(f.bitmap.first_in(4, kBits), kBits - 1);
  EXPECT_EQ(f.bitmap.first_in(4, kBits - 1), Bitmap::kNone);
  EXPECT_EQ(f.bitmap.last_at_or_before(kBits - 2), 3U);
  EXPECT_EQ(f.bitmap.last_at_or_before(2), Bitmap::kNone);
}

TEST(Bitmap, AgreesWithASetUnderRandomChanges) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    core::test::Dice random(seed);
    constexpr std::uint32_t kBits = 64 * 64 * 2 + 77;
    Fixture f(kBits);
    std::set<std::uint32_t> model;
    for (int step = 0; step < 400; ++step) {
      const std::uint32_t bit = random.below(kBits);
      if (random.below(3) != 0) {
        f.bitmap.set(bit);
        model.insert(bit);
      } else if (!model.empty()) {
        const std::uint32_t gone = *model.begin();
        f.bitmap.clear(gone);
        model.erase(gone);
      }
    }
    expect_equal(f.bitmap, model, kBits);
  }
}

}  // namespace
}  // namespace padlock
