#include "core/block/seal.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>

namespace padlock::core {
namespace {

TEST(Seal, every_single_input_bit_changes_it) {
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

TEST(Seal, a_header_copied_elsewhere_has_another_seal) {
  const Keys keys = Keys::derive(5);
  std::set<std::uint32_t> seals;
  for (std::uintptr_t address = 0x7F0000000000U; address < 0x7F0000010000U; address += 16) {
    seals.insert(seal_of(1, 2, 3, 4, address, keys));
  }
  EXPECT_EQ(seals.size(), 0x1000U);
}

TEST(Seal, depends_on_the_key) {
  EXPECT_NE(seal_of(1, 2, 3, 4, 16, Keys::derive(1)), seal_of(1, 2, 3, 4, 16, Keys::derive(2)));
}

TEST(Keys, derive_is_a_function_of_the_key_and_the_parts_differ) {
  const Keys a = Keys::derive(9);
  const Keys b = Keys::derive(9);
  EXPECT_EQ(a.seal, b.seal);
  EXPECT_EQ(a.canary, b.canary);
  EXPECT_EQ(a.poison, b.poison);
  EXPECT_EQ(a.link, b.link);
  EXPECT_EQ((std::set<std::uint64_t>{a.seal, a.canary, a.poison, a.link}.size()), 4U);
}

TEST(LockedPattern, no_byte_is_zero_ascii_or_a_common_fill_value) {
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

TEST(LockedPattern, poison_read_as_a_pointer_is_not_canonical) {
  for (std::uint64_t key = 0; key < 1000; ++key) {
    const std::uint64_t top = Keys::derive(key).poison >> 47;
    ASSERT_TRUE(top != 0 && top != 0x1FFFF);
  }
}

}  // namespace
}  // namespace padlock::core
