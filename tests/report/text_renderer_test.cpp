// Whole reports against golden texts, which docs/REPORTS.md shows too.
#include "report/text/text_renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "report/text/summary.h"
#include "report/text/words.h"
#include "report/text/wrap.h"
#include "samples.h"

namespace padlock::report {
namespace {

std::string rendered(const Report& report, Style style = {}, std::size_t capacity = kReportCapacity) {
  std::string buffer(capacity, '\0');
  TextWriter out(buffer);
  samples::write(TextRenderer(style), samples::diagnosed(report), out);
  return std::string(out.view());
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string golden_path(const samples::Sample& sample) {
  return std::string(PADLOCK_GOLDEN_FOLDER) + "/" + sample.name + ".txt";
}

// PADLOCK_UPDATE_GOLDEN=1: takes today's text for the right one, in the golden file and on the page.
void update(const samples::Sample& sample, const std::string& text) {
  const std::string old = contents(golden_path(sample));
  std::string page = contents(PADLOCK_REPORTS_PAGE);
  const std::size_t at = old.empty() ? std::string::npos : page.find(old);
  if (at != std::string::npos) std::ofstream(PADLOCK_REPORTS_PAGE) << page.replace(at, old.size(), text);
  std::ofstream(golden_path(sample)) << text;
}

class Golden : public testing::TestWithParam<std::size_t> {};

TEST_P(Golden, ReportIsExactlyTheGoldenText) {
  const samples::Sample& sample = samples::all()[GetParam()];
  const std::string text = rendered(sample.report);
  if (std::getenv("PADLOCK_UPDATE_GOLDEN") != nullptr) update(sample, text);
  EXPECT_EQ(text, contents(golden_path(sample))) << sample.name;
}

TEST_P(Golden, DocumentationShowsIt) {
  const samples::Sample& sample = samples::all()[GetParam()];
  const std::string page = contents(PADLOCK_REPORTS_PAGE);
  EXPECT_NE(page.find("```text\n" + rendered(sample.report) + "```\n"), std::string::npos) << sample.name;
}

TEST_P(Golden, FirstAndLastLineAreTheStableOnes) {
  const samples::Sample& sample = samples::all()[GetParam()];
  const std::string text = rendered(sample.report);
  const std::string kind = core::to_string(sample.report.fault.kind);
  EXPECT_EQ(text.rfind("==4242==ERROR: Padlock: " + kind + ": ", 0), 0u);
  EXPECT_TRUE(text.ends_with("\n==4242==END OF REPORT\n"));
}

TEST_P(Golden, ReportFitsOnAScreenOfSixtyLines) {
  const samples::Sample& sample = samples::all()[GetParam()];
  const std::string text = rendered(sample.report);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 60);
}

INSTANTIATE_TEST_SUITE_P(Samples, Golden, testing::Range(std::size_t{0}, samples::all().size()));

// Where damage was found late, the report must not pass off a stack as the writer's.
TEST(Render, LateFoundDamageSaysThatTheWriteWasEarlier) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  samples::damage(report.fault, 24, samples::Bytes{0});
  const std::string text = rendered(report);
  EXPECT_NE(text.find("\nThe write happened some time between allocation #17 (the block's own) and now "
                      "(allocation #21); the\n"
                      "stacks above do not show the write itself.\n"),
            std::string::npos);
  EXPECT_NE(text.find("\nFound by the check in free(), by T1 (tid 4242, demo):\n"), std::string::npos);
  EXPECT_EQ(text.find("Trapped at"), std::string::npos);
}

TEST(Render, TrappedAccessIsTheInstructionItself) {
  Report report =
      samples::about(core::FaultKind::kUseAfterFree, samples::freed_block(24), core::Moment::kAccess);
  report.fault.accessed.access = core::Access::kWrite;
  report.fault.address = samples::kUser + 3;
  const std::string text = rendered(report);
  EXPECT_NE(text.find("\nTrapped at the faulting write, by T1 (tid 4242, demo):\n"), std::string::npos);
  EXPECT_EQ(text.find("The write happened"), std::string::npos);
}

TEST(Render, LastVerifiedIsTheLaterOfBirthAndCheck) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  samples::damage(report.fault, 24, samples::Bytes{0});
  report.number_last_good = 20;
  EXPECT_NE(rendered(report).find("between allocation #20 (last verified) and now"), std::string::npos);
  report.number_last_good = 3;
  EXPECT_NE(rendered(report).find("between allocation #17 (the block's own) and now"), std::string::npos);
}

// Of numbers that threads take in batches none says how many allocations there were, nor when.
TEST(Render, NumbersOfThreadsAreCalledWhatTheyAre) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  samples::damage(report.fault, 24, samples::Bytes{0});
  report.number_batch = 256;
  std::string text = rendered(report);
  EXPECT_NE(text.find(", allocation #17 (numbered by thread, 256 at a\n    time).\n"), std::string::npos);
  EXPECT_NE(
      text.find("\nThe write happened some time between allocation #17 (the block's own) and now; the "),
      std::string::npos);
  EXPECT_EQ(text.find("#21"), std::string::npos);
  report.number_last_good = 20;
  text = rendered(report);
  EXPECT_NE(text.find("\nThe write happened some time between the last check of the heap and now; the "),
            std::string::npos);
  EXPECT_EQ(text.find("#20"), std::string::npos);
}

TEST(Render, EachMomentHasItsWords) {
  Report report = samples::about(core::FaultKind::kUseAfterFreeWrite, samples::freed_block(24));
  samples::damage(report.fault, 0, samples::Bytes{0});
  const auto found = [&report](core::Moment moment) {
    report.fault.moment = moment;
    const std::string text = rendered(report);
    const std::size_t start = text.find("Found ");
    return start == std::string::npos ? "" : text.substr(start, text.find(", by T1") - start);
  };
  EXPECT_EQ(found(core::Moment::kAllocate), "Found while looking for free memory");
  EXPECT_EQ(found(core::Moment::kFree), "Found by the check in free()");
  EXPECT_EQ(found(core::Moment::kRealloc), "Found by the check in realloc()");
  EXPECT_EQ(found(core::Moment::kUsableSize), "Found by the check in malloc_usable_size()");
  EXPECT_EQ(found(core::Moment::kEviction), "Found when the block left the quarantine");
  EXPECT_EQ(found(core::Moment::kReuse), "Found when the block was about to be handed out again");
  EXPECT_EQ(found(core::Moment::kCoalesce), "Found when the block was about to be merged with a neighbour");
  EXPECT_EQ(found(core::Moment::kCheck), "Found by a check of the whole heap");
  EXPECT_EQ(found(core::Moment::kExit), "Found by the heap check at exit");
}

// A header that cannot be restored: nothing says which of its bytes changed.
TEST(Render, DamageThatIsSomewhereInTheHeaderIsNotPassedOffAsAllOfIt) {
  Report report = samples::about(core::FaultKind::kMetadataCorruption, samples::live_block(24));
  report.fault.block.sealed = false;
  samples::damage(report.fault, -32, std::string(32, 'w'));
  report.fault.damage.somewhere = true;
  const std::string text = rendered(report);
  EXPECT_NE(text.find("\nDamage: some of these 32 bytes, offsets -32 to -1 ("), std::string::npos);
  EXPECT_NE(text.find("\n    [ ] some overwritten   | start"), std::string::npos);
}

TEST(Render, NoLineButTheFirstAndFramesIsWiderThanTheTerminal) {
  for (samples::Sample sample : samples::all()) {
    sample.report.number_now = sample.report.number_last_good = 123456789012;
    std::istringstream lines(rendered(sample.report));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      if (line.starts_with("    #")) continue;
      EXPECT_LE(line.size(), kWidth) << line;
    }
  }
}

TEST(Wrap, BreaksAtSpacesAndKeepsLongWordsWhole) {
  const auto wrapped = [](const std::string& text, std::size_t column, std::size_t indent) {
    char buffer[1000];
    TextWriter out(buffer);
    print_wrapped(out, text, column, indent);
    return std::string(out.view());
  };
  const std::string word(49, 'x');
  EXPECT_EQ(wrapped(word + " " + word + "y", 0, 0), word + " " + word + "y\n");
  EXPECT_EQ(wrapped(word + " " + word + "y", 1, 3), word + "\n   " + word + "y\n");
  EXPECT_EQ(wrapped(std::string(150, 'x') + " y", 0, 0), std::string(150, 'x') + " y\n");
  EXPECT_EQ(wrapped("a b", 5000, 1), "a\n b\n");
  // The column counts for the first line alone, the indentation for the others.
  EXPECT_EQ(wrapped("short aa bb cc dd ee ff", kWidth - 10, 0), "short aa\nbb cc dd ee ff\n");
  const std::string blanks(kWidth - 3, ' ');
  EXPECT_EQ(wrapped(word + ' ' + word + " aa bb cc", 0, kWidth - 3),
            word + ' ' + word + '\n' + blanks + "aa\n" + blanks + "bb\n" + blanks + "cc\n");
}

TEST(Render, MissingStackIsSaid) {
  Report report = samples::about(core::FaultKind::kDoubleFree, samples::freed_block(24));
  samples::forget(report.freed);
  const std::string text = rendered(report);
  EXPECT_NE(text.find("First freed by T2 (tid 4243, worker):\n    <no stack recorded>\n"), std::string::npos);
}

// The process may break at any moment.
TEST(Render, EachPieceIsWholeWithoutTheNext) {
  const samples::Sample& sample = samples::all()[1];
  const Report report = samples::diagnosed(sample.report);
  const std::string whole = rendered(report);
  std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  const TextRenderer renderer;
  renderer.begin(report.fault, report.process, out);
  EXPECT_EQ(out.view(), whole.substr(0, whole.find('\n') + 1));
  renderer.write_head(report, out);
  EXPECT_EQ(out.view(), whole.substr(0, whole.find("\nFound by a check")));
  renderer.write_tail(report, out);
  EXPECT_EQ(out.view(), whole);
}

TEST(Render, ColoursAddNothingButEscapes) {
  const samples::Sample& sample = samples::all()[0];
  std::string text = rendered(sample.report, {.color = true});
  EXPECT_NE(text.find("\033[1;31m[00]\033[0m"), std::string::npos);
  EXPECT_EQ(text.rfind("==4242==ERROR: Padlock: heap-buffer-overflow: 1 byte", 0), 0u);
  for (std::size_t at = text.find('\033'); at != std::string::npos; at = text.find('\033')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, rendered(sample.report));
}

TEST(Render, LastLineSurvivesABufferOfAnySize) {
  const samples::Sample& sample = samples::all()[0];
  const std::string whole = rendered(sample.report);
  for (std::size_t capacity = 200; capacity < whole.size(); ++capacity) {
    const std::string text = rendered(sample.report, {}, capacity);
    EXPECT_NE(text.find("the rest is cut)\n"), std::string::npos) << capacity;
    EXPECT_TRUE(text.ends_with("\n==4242==END OF REPORT\n")) << capacity;
    EXPECT_TRUE(capacity < 1900 ||
                text.find("\nSUMMARY: Padlock: heap-buffer-overflow ") != std::string::npos);
  }
  EXPECT_EQ(rendered(sample.report, {}, whole.size() + 200 + kSummaryRoom), whole);
  for (std::size_t capacity = 0; capacity < 200; ++capacity) {
    EXPECT_LE(rendered(sample.report, {}, capacity).size(), capacity);
  }
}

// Of names that take all the room that there is for it, too: the summary is there whole or not at all, and
// from some capacity on it is always there.
TEST(Render, ASummaryOfLongNamesIsWholeAndLeavesRoomForTheLastLine) {
  Report report = samples::all()[0].report;
  const std::string name(5000, 'x');
  report.allocated.frames[0].function = report.allocated.frames[0].file = name.c_str();
  const std::string summary = ":12 in " + std::string(240, 'x') + "\n==4242==END OF REPORT\n";
  bool seen = false;
  for (std::size_t capacity = 200; capacity < 4000; ++capacity) {
    const std::string text = rendered(report, {}, capacity);
    ASSERT_TRUE(text.ends_with("\n==4242==END OF REPORT\n")) << capacity;
    const bool has = text.find("SUMMARY") != std::string::npos;
    ASSERT_EQ(has, text.ends_with(summary)) << capacity;
    ASSERT_TRUE(has || !seen) << capacity;
    seen = has;
  }
  EXPECT_TRUE(seen);
}

TEST(Render, LastLineSurvivesInATailOfItsOwn) {
  const samples::Sample& sample = samples::all()[0];
  std::string buffer(300, '\0');
  TextWriter out(buffer);
  TextRenderer().write_tail(samples::diagnosed(sample.report), out);
  EXPECT_TRUE(out.view().ends_with("the rest is cut)\n==4242==END OF REPORT\n"));
}

TEST(Describe, TellsTheBlockAndItsOwners) {
  Report report = samples::about(core::FaultKind::kNone, samples::live_block(24));
  report.fault.address = samples::kUser + 8;
  char buffer[4096];
  TextWriter out(buffer);
  TextRenderer().describe(samples::diagnosed(report), out);
  EXPECT_EQ(out.view(),
            "0x7f0000001028 is offset 8 of this block.\n"
            "\n"
            "Block 0x7f0000001020: 24 bytes from malloc, live, allocation #17 of 21 so far.\n"
            "\n"
            "Allocated by T1 (tid 4242, demo):\n"
            "    #0 0x55d000001180 in make_name(char const*) /src/demo.cpp:12\n"
            "    #1 0x55d000001250 in main /src/demo.cpp:44\n");
}

TEST(Describe, SaysSoWhenNoBlockHoldsTheAddress) {
  Report report;
  report.fault.address = 0x1000;
  char buffer[256];
  TextWriter out(buffer);
  TextRenderer().describe(samples::diagnosed(report), out);
  EXPECT_EQ(out.view(), "0x1000 is in no block of the heap.\n");
}

}  // namespace
}  // namespace padlock::report
