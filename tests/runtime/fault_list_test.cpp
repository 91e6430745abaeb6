// A list of faults grows, keeps their order, and says what it has lost.
#include "runtime/threads/fault_list.h"

#include <gtest/gtest.h>

namespace padlock::runtime {
namespace {

core::Fault fault_numbered(std::uint64_t number) {
  core::Fault fault;
  fault.block.number = number;
  return fault;
}

std::uint64_t take_number(FaultList& list) {
  core::Fault fault;
  EXPECT_TRUE(list.take(fault));
  return fault.block.number;
}

TEST(FaultList, KeepsMoreThanItHoldsInTheirOrder) {
  FaultList list;
  constexpr std::uint64_t kMany = 1000 * FaultList::kCapacity;
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(list.empty());
    for (std::uint64_t i = 0; i < kMany; ++i) list.on_fault(fault_numbered(i));
    EXPECT_FALSE(list.full());
    for (std::uint64_t i = 0; i < kMany; ++i) ASSERT_EQ(take_number(list), i);
  }
  core::Fault none;
  EXPECT_FALSE(list.take(none));
  EXPECT_EQ(list.take_lost(), 0U);
}

TEST(FaultList, TakesMoreWhileItIsBeingEmptied) {
  FaultList list;
  std::uint64_t added = 0;
  std::uint64_t taken = 0;
  while (added < 500) {
    for (int i = 0; i < 5; ++i) list.on_fault(fault_numbered(added++));
    for (int i = 0; i < 4; ++i) ASSERT_EQ(take_number(list), taken++);
  }
  while (taken < added) ASSERT_EQ(take_number(list), taken++);
  EXPECT_TRUE(list.empty());
  core::Fault none;
  EXPECT_FALSE(list.take(none));
  EXPECT_EQ(list.take_lost(), 0U);
}

TEST(FaultList, CountsWhatItHasNoRoomForAndMayNotHold) {
  FaultList list;
  std::uint64_t kept = 0;
  while (list.keep(fault_numbered(kept))) ++kept;
  EXPECT_EQ(kept, FaultList::kMost);
  EXPECT_TRUE(list.full());
  EXPECT_EQ(list.take_lost(), 0U) << "the caller knows that this one was not kept";
  list.on_fault(fault_numbered(kept));
  list.on_fault(fault_numbered(kept));
  EXPECT_EQ(list.take_lost(), 2U);
  EXPECT_EQ(list.take_lost(), 0U);
  for (std::uint64_t i = 0; i < kept; ++i) ASSERT_EQ(take_number(list), i);
  EXPECT_FALSE(list.full());
  core::Fault none;
  EXPECT_FALSE(list.take(none));
}

TEST(ListedFaults, AreNoneInAChild) {
  ListedFaults faults;
  faults.note_kept();
  faults.note_kept();
  faults.note_finished();
  EXPECT_EQ(faults.kept(), 2U);
  EXPECT_EQ(faults.finished(), 1U);
  faults.reset_after_fork();
  EXPECT_EQ(faults.kept(), 0U);
  EXPECT_EQ(faults.finished(), 0U);
}

TEST(FaultList, OneIsFinishedWhenTheNextIsTaken) {
  FaultList list;
  const std::uint64_t kept = listed_faults.kept();
  const std::uint64_t finished = listed_faults.finished();
  list.on_fault(fault_numbered(1));
  list.on_fault(fault_numbered(2));
  EXPECT_EQ(listed_faults.kept(), kept + 2);
  EXPECT_EQ(take_number(list), 1U);
  EXPECT_EQ(listed_faults.finished(), finished);
  EXPECT_EQ(take_number(list), 2U);
  EXPECT_EQ(listed_faults.finished(), finished + 1);
  core::Fault none;
  EXPECT_FALSE(list.take(none));
  EXPECT_FALSE(list.take(none));
  EXPECT_EQ(listed_faults.finished(), finished + 2);
}

}  // namespace
}  // namespace padlock::runtime
