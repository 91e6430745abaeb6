// An access that trapped, and is made again as the memory is accessible by now: once.
#include <gtest/gtest.h>

#include "runtime/process/trap_fault.h"

namespace padlock::runtime {
namespace {

TEST(AccessMadeAgain, IsMadeOnce) {
  AccessMadeAgain again;
  EXPECT_TRUE(again.may_be_made(0x1000, 0x7000));
  EXPECT_FALSE(again.may_be_made(0x1000, 0x7000));
}

TEST(AccessMadeAgain, AnotherAddressOrInstructionHasItsOwn) {
  AccessMadeAgain again;
  EXPECT_TRUE(again.may_be_made(0x1000, 0x7000));
  EXPECT_TRUE(again.may_be_made(0x1000, 0x7008));
  EXPECT_TRUE(again.may_be_made(0x1004, 0x7008));
  EXPECT_FALSE(again.may_be_made(0x1004, 0x7008));
}

TEST(AccessMadeAgain, HasANewGoAfterItWasRefused) {
  AccessMadeAgain again;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(again.may_be_made(0x1000, 0x7000));
    EXPECT_FALSE(again.may_be_made(0x1000, 0x7000));
  }
}

}  // namespace
}  // namespace padlock::runtime
