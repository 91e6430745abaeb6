// Machine code of calls and of linkage-table stubs.
#include "arch/call_code.h"

#include <gtest/gtest.h>

namespace padlock::arch {
namespace {

constexpr std::uintptr_t kAt = 0x10000;

TEST(CallCode, ADirectCallLeadsToADistanceFromItsReturnAddress) {
  const BranchTarget ahead = called_before(kAt, {0x90, 0xe8, 0x10, 0, 0, 0});
  EXPECT_EQ(ahead.address, kAt + 0x10);
  EXPECT_FALSE(ahead.in_slot);
  EXPECT_EQ(called_before(kAt, {0x90, 0xe8, 0xf0, 0xff, 0xff, 0xff}).address, kAt - 0x10);
}

TEST(CallCode, AnIndirectCallLeadsThroughASlot) {
  const BranchTarget target = called_before(kAt, {0xff, 0x15, 0, 1, 0, 0});
  EXPECT_EQ(target.address, kAt + 0x100);
  EXPECT_TRUE(target.in_slot);
}

TEST(CallCode, ACallByARegisterDoesNotSay) {
  EXPECT_EQ(called_before(kAt, {0x90, 0x90, 0x90, 0x90, 0xff, 0xd0}).address, 0U);
}

TEST(CallCode, AStubMayBeginWithEndbr64AndBnd) {
  const BranchTarget plain = jumped_to(kAt, {0xff, 0x25, 0x10, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(plain.address, kAt + 6 + 0x10);
  EXPECT_TRUE(plain.in_slot);
  EXPECT_EQ(jumped_to(kAt, {0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0x10, 0, 0, 0, 0}).address, kAt + 10 + 0x10);
  EXPECT_EQ(jumped_to(kAt, {0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 0x10, 0, 0, 0}).address,
            kAt + 11 + 0x10);
}

TEST(CallCode, OtherCodeIsNoStub) {
  EXPECT_EQ(jumped_to(kAt, {0x55, 0x48, 0x89, 0xe5, 0, 0, 0, 0, 0, 0, 0}).address, 0U);
}

}  // namespace
}  // namespace padlock::arch
