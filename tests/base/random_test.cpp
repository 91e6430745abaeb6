// The generators: repeatable, spread, within bounds.
#include "base/random.h"

#include <gtest/gtest.h>

namespace padlock {
namespace {

TEST(Random, Mix64IsABijectionThatFixesZeroOnlyAsPublished) {
  EXPECT_EQ(mix64(0), 0U);
  Random random(1234567);  // the reference sequence of SplitMix64 for this seed
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

}  // namespace
}  // namespace padlock
