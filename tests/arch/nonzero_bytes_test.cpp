// Words without a zero byte: every value of a byte, at every place, whatever is beside it.
#include "arch/nonzero_bytes.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace padlock::arch {
namespace {

TEST(NonzeroBytes, EachByteGoesUpByOneAndStaysAtTheTop) {
  Random random(7);
  for (unsigned place = 0; place < 64; place += 8) {
    for (std::uint64_t value = 0; value < 256; ++value) {
      const std::uint64_t beside = random.next();
      const std::uint64_t word = (beside & ~(std::uint64_t{0xFF} << place)) | value << place;
      ASSERT_EQ(nonzero_bytes(word) >> place & 0xFF, value == 255 ? 255 : value + 1);
    }
  }
}

}  // namespace
}  // namespace padlock::arch
