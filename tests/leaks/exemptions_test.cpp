// Blocks that are no leaks, by thread and number.
#include "runtime/leaks/exemptions.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace padlock::runtime {
namespace {

class ExemptionsTest : public testing::Test {
 protected:
  bool excluded(std::uint16_t thread, std::uint64_t number) {
    const os::LockGuard guard(exemptions_.lock());
    exemptions_.sort();
    return exemptions_.is_excluded(thread, number);
  }
  Exemptions exemptions_;
};

TEST_F(ExemptionsTest, ASpanHoldsTheNumbersOfItsThread) {
  exemptions_.exclude_own_blocks(3, 100);
  EXPECT_TRUE(excluded(3, 100));
  EXPECT_TRUE(excluded(3, 100000));
  EXPECT_FALSE(excluded(3, 99));
  EXPECT_FALSE(excluded(4, 100));
  exemptions_.include_own_blocks(3, 200);
  EXPECT_TRUE(excluded(3, 199));
  EXPECT_FALSE(excluded(3, 200));
}

TEST_F(ExemptionsTest, Nests) {
  exemptions_.exclude_own_blocks(1, 10);
  exemptions_.exclude_own_blocks(1, 20);
  exemptions_.include_own_blocks(1, 30);
  EXPECT_TRUE(excluded(1, 35));
  exemptions_.include_own_blocks(1, 40);
  EXPECT_TRUE(excluded(1, 35));
  EXPECT_FALSE(excluded(1, 40));
  exemptions_.include_own_blocks(1, 50);  // one too many
  EXPECT_FALSE(excluded(1, 45));
}

TEST_F(ExemptionsTest, ASingleBlockDoesNotHideTheSpanAroundIt) {
  exemptions_.exclude_own_blocks(1, 10);
  exemptions_.exclude_block(1, 15);
  exemptions_.exclude_block(1, 17);
  exemptions_.include_own_blocks(1, 20);
  for (std::uint64_t number = 10; number < 20; ++number) EXPECT_TRUE(excluded(1, number)) << number;
  EXPECT_FALSE(excluded(1, 20));
  EXPECT_FALSE(excluded(1, 9));
}

TEST_F(ExemptionsTest, SinglesBesideASpan) {
  exemptions_.exclude_block(1, 5);
  exemptions_.exclude_block(2, 7);
  exemptions_.exclude_own_blocks(1, 10);
  exemptions_.include_own_blocks(1, 12);
  exemptions_.exclude_block(1, 14);
  EXPECT_TRUE(excluded(1, 5));
  EXPECT_FALSE(excluded(1, 6));
  EXPECT_FALSE(excluded(1, 7));
  EXPECT_TRUE(excluded(2, 7));
  EXPECT_TRUE(excluded(1, 11));
  EXPECT_FALSE(excluded(1, 13));
  EXPECT_TRUE(excluded(1, 14));
}

TEST_F(ExemptionsTest, RootsAreRemovedByTheSameRange) {
  exemptions_.add_root({100, 200});
  exemptions_.add_root({300, 400});
  EXPECT_FALSE(exemptions_.remove_root({100, 201}));
  EXPECT_TRUE(exemptions_.remove_root({100, 200}));
  EXPECT_FALSE(exemptions_.remove_root({100, 200}));
  std::vector<std::uintptr_t> left;
  const os::LockGuard guard(exemptions_.lock());
  exemptions_.for_each_root([&](const AddressRange& root) { left.push_back(root.begin); });
  EXPECT_EQ(left, std::vector<std::uintptr_t>{300});
}

}  // namespace
}  // namespace padlock::runtime
