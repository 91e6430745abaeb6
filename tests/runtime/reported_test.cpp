// What is reported once.
#include "runtime/reporting/reported.h"

#include <gtest/gtest.h>

namespace padlock::runtime {
namespace {

core::Fault fault_of(core::FaultKind kind, std::uintptr_t header, std::uint64_t number) {
  core::Fault fault;
  fault.kind = kind;
  fault.block.header = header;
  fault.block.number = number;
  return fault;
}

TEST(ReportedFaults, TheSameDamageIsOneFault) {
  static ReportedFaults reported;
  const core::Fault fault = fault_of(core::FaultKind::kHeapBufferOverflow, 0x1000, 1);
  EXPECT_FALSE(reported.contains(fault, 0));
  EXPECT_TRUE(reported.add(fault, 1));
  EXPECT_TRUE(reported.contains(fault, 2));
  EXPECT_FALSE(reported.add(fault, 3));
  EXPECT_TRUE(reported.add(fault_of(core::FaultKind::kHeapBufferOverflow, 0x1000, 2), 1));
  EXPECT_TRUE(reported.add(fault_of(core::FaultKind::kHeapBufferOverflow, 0x2000, 1), 1));
  EXPECT_TRUE(reported.add(fault_of(core::FaultKind::kMetadataCorruption, 0x1000, 1), 1));
}

TEST(ReportedFaults, BadCallsAreEachAFault) {
  static ReportedFaults reported;
  const core::Fault fault = fault_of(core::FaultKind::kDoubleFree, 0x1000, 1);
  EXPECT_TRUE(reported.add(fault, 1));
  EXPECT_FALSE(reported.contains(fault, 1));
  EXPECT_TRUE(reported.add(fault, 1));
}

TEST(ReportedFaults, TrappedAccessesAreEachAFault) {
  static ReportedFaults reported;
  core::Fault fault = fault_of(core::FaultKind::kHeapBufferOverflow, 0x1000, 1);
  fault.moment = core::Moment::kAccess;
  EXPECT_TRUE(reported.add(fault, 1));
  EXPECT_TRUE(reported.add(fault, 1));
}

TEST(ReportedFaults, AnAllocatingHandlerIsOneFaultForEachCallOfIt) {
  static ReportedFaults reported;
  const core::Fault fault = fault_of(core::FaultKind::kSignalUnsafeCall, 0, 0);
  EXPECT_TRUE(reported.add(fault, 0x400000));
  EXPECT_FALSE(reported.add(fault, 0x400000));
  EXPECT_TRUE(reported.add(fault, 0x400010));
}

}  // namespace
}  // namespace padlock::runtime
