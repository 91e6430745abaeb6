// Long runs a vector at a time, of every width and whatever their ends fall on.
#include "arch/wide_vectors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace padlock::arch::wide {
namespace {

constexpr std::uint64_t kWord = 0x8182838485868788;
constexpr std::size_t kMost = 1024;

template <typename Vector>
class WideVectors : public testing::Test {
 protected:
  // Every run on 16 bytes that is long enough, up to the stride of a comparison and a bit more.
  template <typename Body>
  void for_all_runs(Body body) {
    for (std::size_t begin = 64; begin < 128; begin += 16) {
      for (std::size_t size = sizeof(Vector); size <= 6 * sizeof(Vector); size += 16)
        body(begin, begin + size);
    }
  }
  static std::uint8_t byte_of_word(std::size_t index) {
    return static_cast<std::uint8_t>(kWord >> 8 * (index % sizeof kWord));
  }
  alignas(64) std::array<std::byte, kMost> memory_{};
};

using Pair = std::uint64_t __attribute__((vector_size(16)));
using Vectors = testing::Types<Pair, Quad, Octet>;
TYPED_TEST_SUITE(WideVectors, Vectors);

TYPED_TEST(WideVectors, FillTheirRunAndNothingElse) {
  this->for_all_runs([&](std::size_t begin, std::size_t end) {
    this->memory_.fill(std::byte{0});
    fill_by<TypeParam>(&this->memory_[begin], &this->memory_[end], kWord);
    for (std::size_t i = 0; i < kMost; ++i) {
      const std::uint8_t expected = i >= begin && i < end ? this->byte_of_word(i) : std::uint8_t{0};
      ASSERT_EQ(std::to_integer<std::uint8_t>(this->memory_[i]), expected) << begin << ' ' << end << ' ' << i;
    }
  });
}

TYPED_TEST(WideVectors, SeeEveryChangedByteOfTheirRunAndNoneElse) {
  this->for_all_runs([&](std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < kMost; ++i) this->memory_[i] = std::byte{this->byte_of_word(i)};
    const auto intact = [&] {
      return all_equal_by<TypeParam>(&this->memory_[begin], &this->memory_[end], kWord);
    };
    ASSERT_TRUE(intact());
    for (std::size_t i = 0; i < kMost; ++i) {
      this->memory_[i] ^= std::byte{1} << i % 8;
      ASSERT_EQ(intact(), i < begin || i >= end) << begin << ' ' << end << ' ' << i;
      this->memory_[i] ^= std::byte{1} << i % 8;
    }
  });
}

}  // namespace
}  // namespace padlock::arch::wide
