// Random bytes in the place of a Fault: whatever they say, rendering ends, stays in its buffer and keeps the
// first and the last line. Runs under the address sanitizer too, which sees any read outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "core/fault_kinds.h"
#include "report/diagnose/diagnose.h"
#include "report/text/text_renderer.h"
#include "samples.h"

namespace padlock::report {
namespace {

class Noise {
 public:
  explicit Noise(unsigned seed) : random_(seed) {}

  template <typename T>
  void fill(T& object) {
    auto* const bytes = reinterpret_cast<unsigned char*>(&object);
    for (std::size_t i = 0; i < sizeof object; ++i) bytes[i] = static_cast<unsigned char>(random_());
  }

  // A bool that is neither 0 nor 1 is nothing that C++ code could have stored.
  bool flag() { return (random_() & 1) != 0; }

  void fill_fault(core::Fault& fault) {
    fill(fault);
    fault.block.sealed = flag();
    fault.neighbour.sealed = flag();
    fault.damage.at_least = flag();
    fault.damage.somewhere = flag();
    for (bool& known : fault.damage.window.known) known = flag();
  }

  // Every other fault gets numbers that hang together a little, to come past the first checks.
  void tame(core::Fault& fault) {
    fault.kind = core::kFaultKinds[random_() % core::kFaultKinds.size()];
    fault.moment = static_cast<core::Moment>(random_() % 12);
    fault.damage.address = fault.damage.window.start + random_() % 140;
    fault.damage.length = random_() % 140;
    fault.damage.offset = static_cast<std::int64_t>(random_() % 64) - 32;
    fault.block.requested = random_() % 32;
  }

 private:
  std::mt19937 random_;
};

std::string rendered(Report& report, bool color) {
  std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  report.diagnosis = diagnose(report);
  samples::write(TextRenderer({color}), report, out);
  return std::string(out.view());
}

TEST(Hostile, RandomFaultsRenderWhole) {
  Noise noise(1);
  auto report = std::make_unique<Report>();
  for (int round = 0; round < 20000; ++round) {
    noise.fill_fault(report->fault);
    if (round % 2 == 0) noise.tame(report->fault);
    noise.fill(report->process);
    noise.fill(report->detected_by);
    noise.fill(report->pointee.value);
    noise.fill(report->pointer_module);
    noise.fill(report->other_allocator);  // the enumerator, too
    noise.fill(report->allocating_module);
    noise.fill(report->releasing_module);
    report->pointee.block = report->fault.block;
    const std::string text = rendered(*report, noise.flag());
    const std::string prefix = "==" + std::to_string(report->process) + "==";
    ASSERT_EQ(text.rfind(prefix + "ERROR: Padlock: " + core::to_string(report->fault.kind) + ": ", 0), 0u);
    ASSERT_TRUE(text.ends_with("\n" + prefix + "END OF REPORT\n"));
    ASSERT_EQ(text.find('\0'), std::string::npos);
  }
}

TEST(Hostile, StackDeeperThanItsArrayIsCut) {
  auto report = std::make_unique<Report>();
  report->detected.depth = static_cast<std::size_t>(-1);
  report->freed.depth = 1000;
  report->fault.kind = core::FaultKind::kDoubleFree;
  const std::string text = rendered(*report, false);
  EXPECT_NE(text.find("    #" + std::to_string(kMaxFrames - 1) + " 0x0 (unknown module)\n"),
            std::string::npos);
  EXPECT_EQ(text.find("    #" + std::to_string(kMaxFrames) + " "), std::string::npos);
}

TEST(Hostile, NullStringsInFramesAreEmpty) {
  auto report = std::make_unique<Report>();
  report->detected.depth = 1;
  report->detected.frames[0] = {0x10, nullptr, 0, nullptr, nullptr, nullptr, 0};
  EXPECT_NE(rendered(*report, false).find("    #0 0x10 (unknown module)\n"), std::string::npos);
}

}  // namespace
}  // namespace padlock::report
