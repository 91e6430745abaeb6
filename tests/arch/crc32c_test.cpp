// The machine's CRC-32C, held against one by table.
#include "arch/crc32c.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "crc32c_by_table.h"

namespace padlock::arch {
namespace {

TEST(Crc32c, KnownAnswer) {
  // "123456789" has CRC-32C 0xE3069283 (Castagnoli's check value), here without the outer inversions.
  std::uint32_t crc = by_table::crc32c_bytes(~0U, 0x3837363534333231U, 8);
  crc = by_table::crc32c_bytes(crc, '9', 1);
  EXPECT_EQ(~crc, 0xE3069283U);
}

TEST(Crc32c, TheInstructionAndTheTableAgree) {
  Random random(42);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t word = random.next();
    const auto crc = static_cast<std::uint32_t>(random.next());
    const auto half = static_cast<std::uint32_t>(random.next());
    ASSERT_EQ(crc32c(crc, word), by_table::crc32c(crc, word));
    ASSERT_EQ(crc32c_half(crc, half), by_table::crc32c_half(crc, half));
  }
}

}  // namespace
}  // namespace padlock::arch
