// The limit of memory that the process may map.
#include "runtime/memory/memory_budget.h"

#include <gtest/gtest.h>

namespace padlock::runtime {
namespace {

TEST(MemoryBudget, WhatIsRefusedIsNotCounted) {
  MemoryBudget budget;
  budget.set_limit(100);
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(61));
  EXPECT_EQ(budget.used(), 40U);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(60);
  EXPECT_EQ(budget.used(), 40U);
}

TEST(MemoryBudget, WithoutALimitEverythingIsGranted) {
  MemoryBudget budget;
  EXPECT_TRUE(budget.take(SIZE_MAX / 2));
  EXPECT_EQ(budget.used(), SIZE_MAX / 2);
}

}  // namespace
}  // namespace padlock::runtime
