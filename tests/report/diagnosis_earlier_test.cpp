// Whether a pointer may have been another block's, whose memory has come back since.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "report/diagnose/diagnose.h"

#include "said.h"
#include "samples.h"

namespace padlock::report {
namespace {

using core::FaultKind;
using core::PointerClass;
using said::findings;
using samples::about;
using samples::freed_block;
using samples::live_block;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Report free_of(PointerClass pointer_class, std::uintptr_t address) {
  Report report = about(FaultKind::kInvalidFree, core::BlockSnapshot{});
  report.fault.pointer_class = pointer_class;
  report.fault.address = address;
  return report;
}

TEST(DiagnoseEarlier, ABlockThatIsGoneIsNamed) {
  Report report = free_of(PointerClass::kInterior, samples::kUser + 16);
  report.fault.block = live_block(64);
  report.earlier = freed_block(300000);
  report.earlier.number = 12;
  EXPECT_THAT(findings(report),
              Contains(HasSubstr("of 300000 bytes (allocation #12), which has been freed")));
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("stale"))));
}

TEST(DiagnoseEarlier, APointerMayBeStaleWhereMemoryMayHaveComeBack) {
  Report report = free_of(PointerClass::kInterior, samples::kUser + 16);
  report.fault.block = live_block(64);
  report.fault.block.number = 1;
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("stale"))));
  report.fault.block.number = 1000;
  EXPECT_THAT(findings(report), Contains(HasSubstr("Or the pointer is stale")));
  report.fault.address += 8;  // no pointer that malloc() returns
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("stale"))));
}

// Before a block's memory comes back, as much is freed as is held back of blocks of its size; of those before
// it none is taken to have been longer than a page.
TEST(DiagnoseEarlier, OnlyWhereAsMuchWasAskedForAsIsHeldBack) {
  struct Held {
    std::uint64_t block_size;
    std::uint64_t bytes;
  };
  constexpr std::uint64_t kKiB = 1024;
  constexpr std::uint64_t kLittle = 48 * kKiB;
  constexpr std::uint64_t kMore = 256 * kKiB;
  for (const auto& [block_size, bytes] :
       {Held{64, kLittle}, Held{1024, kLittle}, Held{4096, kLittle}, Held{4112, kLittle},
        Held{32 * kKiB, kLittle}, Held{32 * kKiB + 16, kMore}, Held{256 * kKiB, kMore},
        Held{256 * kKiB + 16, 16 * kMore}, Held{1 << 24, 16 * kMore}}) {
    Report report = free_of(PointerClass::kInterior, samples::kUser + 16);
    report.fault.block = live_block(64);
    report.fault.block.block_size = block_size;
    report.fault.block.number = bytes / std::min<std::uint64_t>(block_size, 4096);
    EXPECT_THAT(findings(report), Not(Contains(HasSubstr("stale")))) << block_size;
    ++report.fault.block.number;
    EXPECT_THAT(findings(report), Contains(HasSubstr("stale"))) << block_size;
    report.fault.block.sealed = false;
    EXPECT_THAT(findings(report), Not(Contains(HasSubstr("stale")))) << block_size;
  }
}

TEST(DiagnoseEarlier, AStalePointerIsOneThatMallocMayHaveReturnedWithinTheData) {
  Report report = free_of(PointerClass::kInterior, 0);
  report.fault.block = live_block(64);
  report.fault.block.number = 1000;
  for (std::int64_t offset = -32; offset <= 96; offset += 8) {
    report.fault.address = samples::kUser + static_cast<std::uint64_t>(offset);
    const bool possible = offset > 0 && offset < 64 && offset % 16 == 0;
    const auto said = Contains(HasSubstr("stale"));
    if (possible) {
      EXPECT_THAT(findings(report), said) << offset;
    } else {
      EXPECT_THAT(findings(report), Not(said)) << offset;
    }
  }
}

TEST(DiagnoseEarlier, TwoFreesAreComparedOnlyWhereBothAreKnown) {
  const auto said = [](const Report& report) {
    return testing::Value(findings(report), Contains(HasSubstr("Or one of the two frees was meant for")));
  };
  Report report = about(FaultKind::kDoubleFree, freed_block(64));
  report.fault.block.number = 1000;
  report.detected.depth = report.freed.depth = 2;
  for (const std::size_t i : {0U, 1U}) {
    report.detected.frames[i].pc = 0x1000 + i;
    report.freed.frames[i].pc = 0x1000 + i;
  }
  EXPECT_FALSE(said(report));
  report.freed.frames[1].pc = 0x2000;
  EXPECT_TRUE(said(report));
  report.freed.depth = 1;
  EXPECT_TRUE(said(report)) << "one is longer";
  for (Stack Report::*stack : {&Report::freed, &Report::detected}) {
    Report without = report;
    samples::forget(without.*stack);
    EXPECT_FALSE(said(without));
  }
  Report other = report;
  other.freed_by_call = core::Call::kRealloc;
  EXPECT_FALSE(said(other)) << "freed by a call of another kind";
  other = report;
  other.fault.moment = core::Moment::kExit;
  EXPECT_FALSE(said(other)) << "found by a check of the heap";
}

TEST(DiagnoseEarlier, OneOfTwoFreesMayHaveMeantAnotherBlock) {
  Report report = about(FaultKind::kDoubleFree, freed_block(64));
  report.fault.block.number = 1000;
  report.detected.depth = report.freed.depth = 1;
  report.detected.frames[0].pc = 0x1000;
  report.freed.frames[0].pc = 0x2000;
  EXPECT_THAT(findings(report), Contains(HasSubstr("Or one of the two frees was meant for")));
  report.freed.frames[0].pc = 0x1000;
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("Or one of the two frees"))));
}

}  // namespace
}  // namespace padlock::report
