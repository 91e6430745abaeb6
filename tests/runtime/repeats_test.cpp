// Which faults are the same, and how they are counted.
#include "runtime/reporting/repeats.h"

#include <gtest/gtest.h>

#include <string>

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kStack[] = {0x1000, 0x2000, 0x3000};
constexpr std::uintptr_t kOtherStack[] = {0x1000, 0x2000, 0x4000};

core::Fault overflow_of(std::uint32_t alloc_trace) {
  core::Fault fault;
  fault.kind = core::FaultKind::kHeapBufferOverflow;
  fault.block.header = 0x7000;
  fault.block.sealed = true;
  fault.block.alloc_trace = alloc_trace;
  return fault;
}

std::string described(Repeats& repeats) {
  char buffer[400];
  TextWriter out(buffer);
  repeats.describe(7, out);
  return std::string(out.view());
}

TEST(Repeats, TheSamePlaceIsCounted) {
  Repeats repeats;
  const core::Fault fault = overflow_of(1);
  EXPECT_FALSE(repeats.knows_site(fault.kind, kStack[0]));
  EXPECT_FALSE(repeats.count(fault, kStack));
  repeats.add(fault, kStack, " in f");
  EXPECT_EQ(described(repeats), "");
  EXPECT_TRUE(repeats.knows_site(fault.kind, kStack[0]));
  EXPECT_TRUE(repeats.count(fault, kStack));
  EXPECT_EQ(described(repeats), "==7==Padlock: heap-buffer-overflow in f: seen 1 more time\n");
  EXPECT_EQ(described(repeats), "");
  EXPECT_TRUE(repeats.count(fault, kStack));
  EXPECT_TRUE(repeats.count(fault, kStack));
  EXPECT_EQ(described(repeats), "==7==Padlock: heap-buffer-overflow in f: seen 2 more times\n");
}

TEST(Repeats, OtherStacksAndKindsAreOtherFaults) {
  Repeats repeats;
  repeats.add(overflow_of(1), kStack, "");
  EXPECT_FALSE(repeats.count(overflow_of(2), kStack));
  EXPECT_FALSE(repeats.count(overflow_of(1), kOtherStack));
  core::Fault underflow = overflow_of(1);
  underflow.kind = core::FaultKind::kHeapBufferUnderflow;
  EXPECT_FALSE(repeats.count(underflow, kStack));
  EXPECT_FALSE(repeats.knows_site(underflow.kind, kStack[0]));
}

TEST(Repeats, DamagedHeadersAndUnknownStacksAreNeverTheSame) {
  Repeats repeats;
  core::Fault fault = overflow_of(0);
  repeats.add(fault, {}, "");
  EXPECT_FALSE(repeats.count(fault, {}));
  fault.block.sealed = false;
  repeats.add(fault, kStack, "");
  EXPECT_FALSE(repeats.count(fault, kStack));
}

TEST(Repeats, AForkedChildBeginsAnew) {
  Repeats repeats;
  repeats.add(overflow_of(1), kStack, "");
  repeats.clear();
  EXPECT_FALSE(repeats.count(overflow_of(1), kStack));
}

}  // namespace
}  // namespace padlock::runtime
