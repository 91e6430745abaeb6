// DamageView: what it shows and that it stays inside the window.
#include "report/diagnose/damage_view.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "core/block/layout.h"

namespace padlock::report {
namespace {

core::Damage damage_of(std::uintptr_t start, std::uint16_t size, std::uintptr_t address,
                       std::uint64_t length) {
  core::Damage damage;
  damage.address = address;
  damage.length = length;
  damage.window.start = start;
  damage.window.size = size;
  for (std::size_t i = 0; i < core::DamageWindow::kCapacity; ++i) {
    damage.window.found[i] = static_cast<std::uint8_t>(i);
    damage.window.expected[i] = 0xee;
    damage.window.known[i] = true;
  }
  return damage;
}

TEST(DamageView, ShowsTheDamagedBytes) {
  const core::Damage damage = damage_of(0x1000, 32, 0x1010, 3);
  const DamageView view(damage);
  ASSERT_EQ(view.bytes().size(), 3u);
  EXPECT_EQ(view.bytes()[0], 16);
  EXPECT_EQ(view.bytes()[2], 18);
  EXPECT_TRUE(view.complete());
  EXPECT_FALSE(view.is_damaged(15));
  EXPECT_TRUE(view.is_damaged(16));
  EXPECT_TRUE(view.is_damaged(18));
  EXPECT_FALSE(view.is_damaged(19));
}

TEST(DamageView, KnownByteThatKeptItsValueIsNotDamaged) {
  core::Damage damage = damage_of(0x1000, 32, 0x1010, 3);
  damage.window.expected[17] = damage.window.found[17];
  const DamageView view(damage);
  EXPECT_TRUE(view.is_damaged(16));
  EXPECT_FALSE(view.is_damaged(17));
  EXPECT_TRUE(view.is_damaged(18));
  damage.window.known[17] = false;
  EXPECT_TRUE(view.is_damaged(17));
}

TEST(DamageView, CutsTheDamageAtTheWindowsEnd) {
  const core::Damage damage = damage_of(0x1000, 32, 0x101e, 100);
  const DamageView view(damage);
  EXPECT_EQ(view.bytes().size(), 2u);
  EXPECT_FALSE(view.complete());
}

TEST(DamageView, DamageBeforeABlockIsFollowedThroughItsHeader) {
  constexpr std::uintptr_t kUser = 0x1030;
  for (const std::uint64_t length : {1U, 8U, 31U, 32U}) {
    core::Damage damage = damage_of(0x1000, 64, kUser - length, length);
    damage.offset = -static_cast<std::int64_t>(length);
    EXPECT_EQ(DamageView(damage).bytes_and_beyond().size(), length) << "all of it is known";
    damage.at_least = true;
    const auto bytes = DamageView(damage).bytes_and_beyond();
    EXPECT_EQ(bytes.size(), core::kHeaderSize) << length;
    EXPECT_EQ(bytes[0], 0x10);
    damage.window.expected[0x1a] = damage.window.found[0x1a];
    const bool stops = length <= 0x30 - 0x1b;  // at the one that is intact
    EXPECT_EQ(DamageView(damage).bytes_and_beyond().size(), stops ? 0x30 - 0x1b : core::kHeaderSize);
  }
}

TEST(DamageView, DamageThatMayReachFurtherIsNotComplete) {
  core::Damage damage = damage_of(0x1000, 32, 0x1010, 3);
  damage.at_least = true;
  EXPECT_FALSE(DamageView(damage).complete());
}

TEST(DamageView, DamageOutsideTheWindowShowsNothing) {
  EXPECT_TRUE(DamageView(damage_of(0x1000, 32, 0xfff, 8)).bytes().empty());
  EXPECT_TRUE(DamageView(damage_of(0x1000, 32, 0x1020, 8)).bytes().empty());
  EXPECT_TRUE(DamageView(damage_of(0x1000, 0, 0x1000, 8)).bytes().empty());
}

TEST(DamageView, WindowLargerThanItsArraysIsClamped) {
  const core::Damage damage = damage_of(0x1000, 0xffff, 0x1000, std::numeric_limits<std::uint64_t>::max());
  const DamageView view(damage);
  EXPECT_EQ(view.window_size(), core::DamageWindow::kCapacity);
  EXPECT_EQ(view.bytes().size(), core::DamageWindow::kCapacity);
  EXPECT_FALSE(view.is_damaged(core::DamageWindow::kCapacity));
}

TEST(DamageView, ReadsLittleEndianWords) {
  core::Damage damage = damage_of(0x1000, 32, 0x1010, 3);
  const DamageView view(damage);
  EXPECT_EQ(view.found_word(0x1001, 4), 0x04030201u);
  EXPECT_EQ(view.found_word(0x1018, 8), 0x1f1e1d1c1b1a1918u);
  EXPECT_EQ(view.expected_word(0x1000, 2), 0xeeeeu);
  damage.window.known[1] = false;
  EXPECT_EQ(view.expected_word(0x1000, 2), std::nullopt);
  EXPECT_EQ(view.expected_word(0x1000, 1), 0xeeu);
}

TEST(DamageView, HasTheWordsThatLieWithinItsWindow) {
  for (std::uint16_t size = 0; size <= 16; ++size) {
    const core::Damage damage = damage_of(0x1000, size, 0x1000, 1);
    const DamageView view(damage);
    for (std::size_t bytes = 1; bytes <= 8; ++bytes) {
      for (std::size_t at = 0; at <= 17; ++at) {
        ASSERT_EQ(view.found_word(0x1000 + at, bytes).has_value(), at + bytes <= size)
            << size << ' ' << bytes << ' ' << at;
      }
    }
  }
}

TEST(DamageView, WordsOutsideTheWindowAreAbsent) {
  const core::Damage damage = damage_of(0x1000, 32, 0x1010, 3);
  const DamageView view(damage);
  EXPECT_EQ(view.found_word(0x1019, 8), std::nullopt);
  EXPECT_EQ(view.found_word(0xfff, 1), std::nullopt);
  EXPECT_EQ(view.found_word(0x1000, 0), std::nullopt);
  EXPECT_EQ(view.found_word(0x1000, 9), std::nullopt);
  EXPECT_EQ(view.found_word(std::numeric_limits<std::uintptr_t>::max(), 8), std::nullopt);
}

}  // namespace
}  // namespace padlock::report
