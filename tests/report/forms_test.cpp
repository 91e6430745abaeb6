// Every sample in the forms for programs, and reports of leaks in all forms, against golden/forms.txt; styles
// and buffers that are too small. PADLOCK_UPDATE_GOLDEN=1 takes today's text for the right one.
#include "report/forms/forms.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/json/json_writer.h"
#include "samples.h"

namespace padlock::report {
namespace {

using options::ReportFormat;

std::string rendered(const Renderer& renderer, const Report& report, std::size_t capacity = kReportCapacity) {
  std::string buffer(capacity, '\0');
  TextWriter out(buffer);
  samples::write(renderer, samples::diagnosed(report), out);
  return std::string(out.view());
}

// One member of JSON a line.
std::string spread(ReportFormat format, const std::string& text) {
  if (format != ReportFormat::kJson) return text;
  std::string lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines += nlohmann::ordered_json::parse(line).dump(1) + '\n';
  return lines;
}

std::string title(const std::string& what) { return "\n######## " + what + "\n"; }

std::string in_forms_for_programs() {
  std::string text;
  for (const samples::Sample& sample : samples::all()) {
    for (const ReportFormat format : {ReportFormat::kAsan, ReportFormat::kJson}) {
      const Forms forms(Style{.dedup_token_length = 2});
      text += title(sample.name) + spread(format, rendered(forms.of(format), sample.report));
    }
  }
  return text;
}

std::string leaks(const Renderer& renderer, const std::vector<LeakGroup>& groups) {
  const Report& sample = samples::all()[0].report;
  std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  LeakTotals totals;
  for (const LeakGroup& group : groups) totals += group;
  renderer.begin_leaks(totals, 4242, out);
  for (const LeakGroup& group : groups)
    renderer.write_leak(group, group.trace == 0 ? Stack() : sample.allocated, 4242, out);
  renderer.end_leaks(totals, sample.allocated, 4242, out);
  return std::string(out.view());
}

std::string leaks_in_all_forms() {
  const LeakGroup one = {.trace = 1, .direct = true, .blocks = 1, .bytes = 1};
  const LeakGroup many = {.trace = 1, .direct = false, .blocks = 20, .bytes = 480};
  const LeakGroup unknown = {.trace = 0, .direct = true, .blocks = 2, .bytes = 0};
  std::string text;
  for (const ReportFormat format : {ReportFormat::kText, ReportFormat::kAsan, ReportFormat::kJson}) {
    for (const bool summary : {false, true}) {
      const Forms forms(
          Style{.color = !summary, .summary = summary, .dedup_token_length = summary ? 9U : 0U});
      const Renderer& renderer = forms.of(format);
      text += title("leaks") + spread(format, leaks(renderer, {one, unknown, many}));
      text += title("direct leaks") + spread(format, leaks(renderer, {one}));
      text += title("indirect leaks") + spread(format, leaks(renderer, {many}));
    }
  }
  return text;
}

TEST(Forms, OfEverySampleAndOfLeaksAreTheGoldenOnes) {
  const std::string text = in_forms_for_programs() + leaks_in_all_forms();
  const std::string path = PADLOCK_GOLDEN_FOLDER "/forms.txt";
  if (std::getenv("PADLOCK_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, golden.str());
}

TEST(Forms, JsonIsALineAndTheOthersAreNot) {
  const Forms forms(Style{});
  EXPECT_TRUE(forms.of(ReportFormat::kJson).is_one_line());
  EXPECT_FALSE(forms.of(ReportFormat::kText).is_one_line());
  EXPECT_FALSE(forms.of(ReportFormat::kAsan).is_one_line());
  EXPECT_EQ(&forms.of(ReportFormat::kJson), &forms.json());
}

// As many frames as were asked for, and never more than four.
TEST(AsanForm, HasATokenOfUpToFourFunctions) {
  Report report = samples::all()[0].report;
  for (std::size_t i = 2; i < 7; ++i) report.allocated.frames[i] = report.allocated.frames[1];
  report.allocated.depth = 7;
  report.allocated.frames[2].function = "";
  report.allocated.frames[3].passes_on = true;
  const std::string token = "DEDUP_TOKEN: make_name(char const*)--main--\?\?--main\n";
  for (std::size_t length = 0; length < 9; ++length) {
    const std::string text = rendered(AsanRenderer({.dedup_token_length = length}), report);
    std::string expected = token;
    for (std::size_t frames = 4; frames > length; --frames)
      expected = frames == 1 ? "" : expected.substr(0, expected.rfind("--")) + '\n';
    EXPECT_EQ(text.find("DEDUP_TOKEN") == std::string::npos, length == 0);
    EXPECT_NE(text.find(expected + "SUMMARY: "), std::string::npos) << length << '\n' << text;
  }
}

TEST(AsanForm, EndsAsItsStyleSays) {
  const Report& report = samples::all()[0].report;
  EXPECT_TRUE(rendered(AsanRenderer({}), report).ends_with("\n==4242==ABORTING\n"));
  const std::string goes_on = rendered(AsanRenderer({.ends_process = false}), report);
  EXPECT_EQ(goes_on + "==4242==ABORTING\n", rendered(AsanRenderer({}), report));
  const std::string summary =
      "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/demo.cpp:12 in make_name(char const*)\n";
  EXPECT_TRUE(goes_on.ends_with('\n' + summary)) << goes_on;
  EXPECT_EQ(rendered(AsanRenderer({.summary = false, .ends_process = false}), report) + summary, goes_on);
}

// The last lines survive.
TEST(AsanForm, IsCutBeforeItsEnd) {
  Report report = samples::all()[0].report;
  for (std::size_t i = 2; i < kMaxFrames; ++i) report.detected.frames[i] = report.detected.frames[i % 2];
  report.detected.depth = kMaxFrames;
  const AsanRenderer renderer({.dedup_token_length = 1});
  const std::string whole = rendered(renderer, report);
  const std::string end = whole.substr(whole.find("DEDUP_TOKEN"));
  for (std::size_t capacity = 2400; capacity < whole.size(); capacity += 7) {
    const std::string text = rendered(renderer, report, capacity);
    const std::size_t kept = text.find("\n... (cut)\n");
    ASSERT_NE(kept, std::string::npos) << capacity;
    EXPECT_EQ(text.substr(0, kept), whole.substr(0, kept));
    EXPECT_EQ(text.substr(kept), "\n... (cut)\n" + end);
    EXPECT_GE(kept, std::min(capacity - 2400, std::size_t{66}));
  }
  EXPECT_EQ(rendered(renderer, report, whole.size() + 2400), whole);
}

// A line of JSON is whole, whatever the stacks; those that have room are in it.
TEST(JsonForm, LeavesOutFramesOnly) {
  Report report = samples::all()[0].report;
  for (std::size_t i = 2; i < kMaxFrames; ++i) report.detected.frames[i] = report.detected.frames[i % 2];
  report.detected.depth = report.allocated.depth = kMaxFrames;
  const std::size_t whole = rendered(JsonRenderer(), report).size();
  const std::size_t room = 4 * (kLongestJsonText + 8) + 800;  // for a frame, and for the end
  for (std::size_t capacity = room + 2000; capacity < whole + room + 1000; capacity += 501) {
    const nlohmann::json json = nlohmann::json::parse(rendered(JsonRenderer(), report, capacity));
    std::size_t frames = 0;
    for (const auto& stack : json["stacks"])
      frames += stack["frames"].size() + stack.value("frames_omitted", std::size_t{0});
    EXPECT_EQ(frames, 2 * kMaxFrames);
    if (capacity > whole + room) {
      EXPECT_EQ(json.dump().find("frames_omitted"), std::string::npos);
    }
  }
}

// A frame is written where there is more room than any frame takes, and than the end does.
TEST(JsonForm, LeavesOutAFrameForWantOfItsRoomAlone) {
  Report report = samples::all()[0].report;
  for (std::size_t i = 2; i < 20; ++i) report.detected.frames[i] = report.detected.frames[i % 2];
  report.detected.depth = 20;
  const std::string whole = rendered(JsonRenderer(), report);
  std::size_t frame = whole.find("\"role\":\"found-damage\"");
  for (int i = 0; i < 5; ++i) frame = whole.find(",{\"pc\"", frame + 1);
  ASSERT_NE(frame, std::string::npos);
  const std::size_t room = 4 * (kLongestJsonText + 8) + 800;
  const std::string barely = rendered(JsonRenderer(), report, frame + room + 1);
  const std::string not_quite = rendered(JsonRenderer(), report, frame + room);
  const auto frames = [](const std::string& text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    for (const auto& stack : json["stacks"]) {
      if (stack["role"] == "found-damage") return stack["frames"].size();
    }
    return std::size_t{0};
  };
  EXPECT_EQ(frames(barely), frames(not_quite) + 1);
  EXPECT_EQ(frames(not_quite), 5U);
}

}  // namespace
}  // namespace padlock::report
