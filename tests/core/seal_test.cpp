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

TEST(Keys, DeriveIsAFunctionOfTheKeyAndThePartsDiffer) {
  const Keys a = Keys::derive(9);
  const Keys b = Keys::derive(9);
  EXPECT_EQ(a.seal, b.seal);
  EXPECT_EQ(a.canary, b.canary);
  EXPECT_EQ(a.poison, b.poison);
  EXPECT_EQ(a.link, b.link);
  EXPECT_EQ((std::set<std::uint64_t>{a.seal, a.canary, a.poison, a.link}.size()), 4U);
}

TEST(LockedPattern, NoByteIsZeroAsciiOrACommonFillValue) {
  const std::set<unsigned> common{0x00, 0xFF, 0xCC, 0xCD, 0xDD, 0xAA, 0xA5, 0x5A,
                                  0xFD, 0xFE, 0xBE, 0xAB, 0xBA, 0xAD, 0xEF, 0xDE};
  std::set<unsigned> seen;
  Random random(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t pattern = locked_pattern(random.next());
    for (unsigned byte = 0; byte < 8; ++byte) {
      const auto value = static_cast<unsigned>((pattern >> (8 * byte)) & 0xFF);
      ASSERT_EQ(value & 0xE1U, 0x81U);  // 100xxxx1
      ASSERT_FALSE(common.contains(value));
      seen.insert(value);
    }
  }
  EXPECT_EQ(seen.size(), 16U);
}

TEST(LockedPattern, PoisonReadAsAPointerIsNotCanonical) {
  for (std::uint64_t key = 0; key < 1000; ++key) {
    const std::uint64_t top = Keys::derive(key).poison >> 47;
    ASSERT_TRUE(top != 0 && top != 0x1FFFF);
  }
}

}  // namespace
}  // namespace padlock::core
