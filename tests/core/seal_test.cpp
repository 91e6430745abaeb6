// The seal: which changes of a header break it.
#include "core/block/seal.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>

namespace padlock::core {
namespace {

TEST(Seal, EverySingleInputBitChangesIt) {
  const Keys keys = Keys::derive(5);
  const std::array<std::uint64_t, 3> words{1, 2, 3};
  const std::uint32_t seal = seal_of(words[0], words[1], words[2], 4, 0x10000, keys);
  for (std::size_t word = 0; word < 3; ++word) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      auto changed = words;
      changed[word] ^= std::uint64_t{1} << bit;
      ASSERT_NE(seal_of(changed[0], changed[1], changed[2], 4, 0x10000, keys), seal);
    }
  }
  for (unsigned bit = 0; bit < 32; ++bit) {
    ASSERT_NE(seal_of(1, 2, 3, 4U ^ (1U << bit), 0x10000, keys), seal);
  }
}

TEST(Seal, AHeaderCopiedElsewhereHasAnotherSeal) {
  const Keys keys = Keys::derive(5);
  std::set<std::uint32_t> seals;
  for (std::uintptr_t address = 0x7F0000000000U; address < 0x7F0000010000U; address += 16) {
    seals.insert(seal_of(1, 2, 3, 4, address, keys));
  }
  EXPECT_EQ(seals.size(), 0x1000U);
}

TEST(Seal, DependsOnTheKey) {
  EXPECT_NE(seal_of(1, 2, 3, 4, 16, Keys::derive(1)), seal_of(1, 2, 3, 4, 16, Keys::derive(2)));
}

// Where bytes were zero, or full, before they became a canary's.
TEST(Seal, ACanaryLeadsBackToItsSeal) {
  Random random(3);
  std::size_t with_full_bytes = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Keys keys = Keys::derive(random.next());
    const auto seal = static_cast<std::uint32_t>(random.next());
    const std::uint64_t canary = canary_of(seal, keys);
    for (unsigned byte = 0; byte < 8; ++byte) {
      with_full_bytes += (canary >> 8 * byte & 0xFF) == 0xFF ? 1 : 0;
      EXPECT_FALSE(seal_of_canary(canary & ~(std::uint64_t{0xFF} << 8 * byte), keys)) << "a byte is zero";
    }
    EXPECT_EQ(seal_of_canary(canary, keys), seal);
  }
  EXPECT_GT(with_full_bytes, 100U);
}

TEST(Keys, ShowAChangeOfAnyByte) {
  Keys keys = Keys::derive(9);
  const std::uint64_t hash = keys.hash();
  auto* const bytes = reinterpret_cast<std::byte*>(&keys);
  for (std::size_t i = 0; i < sizeof keys; ++i) {
    bytes[i] ^= std::byte{0x10};
    EXPECT_NE(keys.hash(), hash) << i;
    bytes[i] ^= std::byte{0x10};
  }
  EXPECT_EQ(keys.hash(), hash);
}

TEST(Keys, DeriveIsAFunctionOfTheKeyAndThePartsDiffer) {
  const Keys a = Keys::derive(9);
  const Keys b = Keys::derive(9);
  EXPECT_EQ(a.seal, b.seal);
  EXPECT_EQ(a.canary, b.canary);
  EXPECT_EQ(a.poison, b.poison);
  EXPECT_EQ(a.link, b.link);
  EXPECT_EQ((std::set<std::uint64_t>{a.seal, a.canary, a.poison.word(0), a.link}.size()), 4U);
}

}  // namespace
}  // namespace padlock::core
