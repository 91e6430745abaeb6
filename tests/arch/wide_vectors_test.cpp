// Long runs a vector at a time, of every width and whatever their ends fall on.
#include "arch/wide_vectors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace padlock::arch::wide {
namespace {

constexpr std::uint64_t kStride = 0x20003;
constexpr WordRamps kRamps{
    {WordRamp::of(0x4000123456789ABC, kStride), WordRamp::of(~0x4000123456789ABCU, -kStride)}};
constexpr std::size_t kMost = 2 * WordRamps::kStretch;

template <typename Vector>
class WideVectors : public testing::Test {
 protected:
  // Every run on 16 bytes, up to the stride of a comparison and a bit more, around the end of a stretch.
  template <typename Body>
  void for_all_runs(Body body) {
    for (std::size_t begin = WordRamps::kStretch - 128; begin < WordRamps::kStretch + 128; begin += 16) {
      for (std::size_t size = 0; size <= 6 * sizeof(Vector); size += 16) body(begin, begin + size);
    }
  }
  [[nodiscard]] std::uint8_t byte_at(std::size_t index) const {
    const std::uintptr_t address = address_of(&memory_[index]);
    return static_cast<std::uint8_t>(kRamps.word_at(address & ~std::uintptr_t{7}) >> 8 * (address % 8));
  }
  alignas(WordRamps::kStretch) std::array<std::byte, kMost> memory_{};
};

using Pair = std::uint64_t __attribute__((vector_size(16)));
using Vectors = testing::Types<Pair, Quad, Octet>;
TYPED_TEST_SUITE(WideVectors, Vectors);

TYPED_TEST(WideVectors, FillTheirRunAndNothingElse) {
  this->for_all_runs([&](std::size_t begin, std::size_t end) {
    this->memory_.fill(std::byte{0});
    fill_by<TypeParam>(&this->memory_[begin], &this->memory_[end], kRamps);
    for (std::size_t i = WordRamps::kStretch - 256; i < WordRamps::kStretch + 1024; ++i) {
      const std::uint8_t expected = i >= begin && i < end ? this->byte_at(i) : std::uint8_t{0};
      ASSERT_EQ(std::to_integer<std::uint8_t>(this->memory_[i]), expected) << begin << ' ' << end << ' ' << i;
    }
  });
}

TYPED_TEST(WideVectors, SeeEveryChangedByteOfTheirRunAndNoneElse) {
  for (std::size_t i = 0; i < kMost; ++i) this->memory_[i] = std::byte{this->byte_at(i)};
  this->for_all_runs([&](std::size_t begin, std::size_t end) {
    const auto intact = [&] {
      return intact_by<TypeParam>(&this->memory_[begin], &this->memory_[end], kRamps);
    };
    ASSERT_TRUE(intact());
    for (std::size_t i = begin - 16; i < end + 16; ++i) {
      this->memory_[i] ^= std::byte{1} << i % 8;
      ASSERT_EQ(intact(), i < begin || i >= end) << begin << ' ' << end << ' ' << i;
      this->memory_[i] ^= std::byte{1} << i % 8;
    }
  });
}

TYPED_TEST(WideVectors, SeeEveryByteThatIsNotOfTheOneWord) {
  constexpr std::uint64_t kWord = 0x8182838485868788;
  for (std::size_t i = 0; i < kMost; ++i)
    this->memory_[i] = std::byte{static_cast<std::uint8_t>(kWord >> 8 * (i % 8))};
  this->for_all_runs([&](std::size_t begin, std::size_t end) {
    if (end - begin < sizeof(TypeParam)) return;
    const auto intact = [&] {
      return all_equal_by<TypeParam>(&this->memory_[begin], &this->memory_[end], kWord);
    };
    ASSERT_TRUE(intact());
    for (std::size_t i = begin - 16; i < end + 16; ++i) {
      this->memory_[i] ^= std::byte{1} << i % 8;
      ASSERT_EQ(intact(), i < begin || i >= end) << begin << ' ' << end << ' ' << i;
      this->memory_[i] ^= std::byte{1} << i % 8;
    }
  });
}

}  // namespace
}  // namespace padlock::arch::wide
