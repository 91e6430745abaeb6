// The hex dump's marks, row by row.
#include "report/text/hex_dump.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "samples.h"

namespace padlock::report {
namespace {

std::string dumped(const core::Fault& fault) {
  char buffer[8192];
  TextWriter out(buffer);
  Painter painter(out, {});
  dump_damage(fault, painter);
  return std::string(out.view());
}

constexpr const char* kLegend =
    "    [ ] overwritten   | start or end of the block's data   offsets in bytes from its start\n";

TEST(HexDump, MarksTheEndOfTheDataWhereTheDamageIsFurtherOn) {
  core::Fault fault = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(20)).fault;
  samples::damage(fault, 24, samples::Bytes{1, 2});
  EXPECT_EQ(dumped(fault),
            "\n"
            "          +0 |75 75 75 75 75 75 75 75 75 75 75 75 75 75 75 75   uuuuuuuuuuuuuuuu\n"
            "         +16  75 75 75 75|c3 c3 c3 c3[01 02]c3 c3 c3 c3 c3 c3   uuuu............\n"
            "    expected                          c3 c3\n" +
                std::string(kLegend));
}

TEST(HexDump, BytesThatKeptTheirValueAreOutsideTheBrackets) {
  core::Fault fault = samples::about(core::FaultKind::kUseAfterFreeWrite, samples::freed_block(64)).fault;
  samples::damage(fault, 0, samples::Bytes{1, samples::kPoison, samples::kPoison, 2});
  EXPECT_NE(dumped(fault).find("          +0 [01]e6 e6[02]e6 e6"), std::string::npos);
  EXPECT_NE(dumped(fault).find("\n    expected  e6       e6\n"), std::string::npos);
}

TEST(HexDump, DamageAcrossRowsIsClosedAndOpenedAgain) {
  core::Fault fault = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(31)).fault;
  samples::damage(fault, 31, samples::Bytes{1, 2});
  const std::string text = dumped(fault);
  EXPECT_NE(text.find(" 75[01]  uuuuuuuuuuuuuuu.\n"), std::string::npos);
  EXPECT_NE(text.find("         +32 [02]c3"), std::string::npos);
}

TEST(HexDump, ShortLastRowKeepsTheColumns) {
  core::Fault fault = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24)).fault;
  samples::damage(fault, 24, samples::Bytes{0});
  fault.damage.window.size = static_cast<std::uint16_t>(fault.damage.window.size - 4);
  EXPECT_NE(dumped(fault).find("75[00]c3 c3 c3               uuuuuuuu....\n"), std::string::npos);
}

TEST(HexDump, RowsFarFromTheDamageAreLeftOut) {
  core::Fault fault = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(64)).fault;
  samples::damage(fault, 64, samples::Bytes{0});
  const std::string text = dumped(fault);
  EXPECT_EQ(text.find("+32 "), std::string::npos);
  EXPECT_NE(text.find("+48 "), std::string::npos);
}

TEST(HexDump, NoWindowNoDump) { EXPECT_EQ(dumped(core::Fault{}), ""); }

TEST(HexDump, OversizedWindowIsEightRows) {
  core::Fault fault;
  fault.damage.length = 4096;
  fault.damage.window.size = 0xffff;
  const std::string text = dumped(fault);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 8 + 1);
  EXPECT_NE(text.find("        +112 [00 "), std::string::npos);
}

}  // namespace
}  // namespace padlock::report
