// Reports as JSON, read by a parser that is not Padlock's.
#include "report/json/json_renderer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/fault_kinds.h"
#include "report/culprit.h"
#include "report/json/json_writer.h"
#include "report/leaks.h"
#include "report/text/words.h"
#include "samples.h"

namespace padlock::report {
namespace {

using Json = nlohmann::json;

std::string line_of(const Report& report, std::size_t capacity = kReportCapacity) {
  std::string buffer(capacity, '\0');
  TextWriter out(buffer);
  samples::write(JsonRenderer(), samples::diagnosed(report), out);
  return std::string(out.view());
}

std::string json_text(std::string_view text) {
  char buffer[8000];
  TextWriter out(buffer);
  append_quoted_json(text, out);
  return std::string(out.view());
}

TEST(JsonText, EscapesWhatAStringMustNotHold) {
  EXPECT_EQ(json_text("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json_text(std::string_view("\n\t\x01\x1b\x7f\0", 6)), R"("\n\t\u0001\u001b\u007f\u0000")");
  EXPECT_EQ(json_text("\xc2\x85"), R"("\u0085")");
  EXPECT_EQ(json_text("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92"),
            "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92\"");
}

// The first and the last character of each length, and those beside them that are none.
TEST(JsonText, KnowsTheEdgesOfUtf8) {
  for (const char* text : {"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", " ", "~"})
    EXPECT_EQ(json_text(text), '"' + std::string(text) + '"');
  for (const char* text : {"\xc1\xbf", "\xe0\x9f\xbf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xdf\x7f", "\xdf\xc0", "\x80", "\xbf"})
    EXPECT_EQ(json_text(text).find("\"\\ufffd"), 0U) << text;
  EXPECT_EQ(json_text("\x1f"), R"("\u001f")");
  EXPECT_EQ(json_text("\x7f"), R"("\u007f")");
  EXPECT_EQ(json_text("\xc2\x80"), R"("\u0080")");
  EXPECT_EQ(json_text("\xc2\x9f"), R"("\u009f")");
}

// Overlong, surrogates, beyond the last character, cut, a continuation alone.
TEST(JsonText, ReplacesBytesThatAreNoUtf8) {
  const std::string none = R"(\ufffd)";
  EXPECT_EQ(json_text("\xff"), '"' + none + '"');
  EXPECT_EQ(json_text("\xc0\x80"), '"' + none + none + '"');
  EXPECT_EQ(json_text("\xe0\x80\x80"), '"' + none + none + none + '"');
  EXPECT_EQ(json_text("\xed\xa0\x80"), '"' + none + none + none + '"');
  EXPECT_EQ(json_text("\xf4\x90\x80\x80"), '"' + none + none + none + none + '"');
  EXPECT_EQ(json_text("a\xe2\x82"), "\"a" + none + none + '"');
  EXPECT_EQ(json_text("\x80z"), '"' + none + "z\"");
}

TEST(JsonText, EveryPairOfBytesIsReadAsText) {
  for (unsigned pair = 0; pair < 65536; ++pair) {
    const char bytes[] = {static_cast<char>(pair >> 8), static_cast<char>(pair)};
    const std::string text = json_text({bytes, 2});
    ASSERT_TRUE(Json::accept(text)) << pair;
  }
}

TEST(JsonText, CutsWhatIsTooLong) {
  const std::string text = json_text(std::string(100000, '\x01'));
  EXPECT_LE(text.size(), kLongestJsonText + 8);
  EXPECT_TRUE(Json::accept(text));
  EXPECT_TRUE(text.ends_with("...\""));
  // As long as one more escape would fit.
  const auto is_whole = [](std::size_t size) {
    const std::string letters(size, 'a');
    const std::string written = json_text(letters);
    EXPECT_TRUE(written == '"' + letters + '"' || written.ends_with("aaa...\"")) << size;
    return written == '"' + letters + '"';
  };
  EXPECT_TRUE(is_whole(kLongestJsonText - 5));
  EXPECT_FALSE(is_whole(kLongestJsonText - 4));
}

TEST(JsonReport, SaysOfEachSampleWhatTheReportHolds) {
  for (const samples::Sample& sample : samples::all()) {
    const Report report = samples::diagnosed(sample.report);
    const std::string line = line_of(sample.report);
    ASSERT_EQ(line.find('\n'), line.size() - 1) << sample.name;
    const Json json = Json::parse(line);
    EXPECT_EQ(json["schema_version"], 1);
    EXPECT_EQ(json["kind"], core::to_string(report.fault.kind));
    EXPECT_EQ(json["process"], 4242);
    EXPECT_EQ(json["stacks"].size(), report.diagnosis.stacks.size());
    EXPECT_EQ(json.contains("corruption"), report.fault.damage.present());
    EXPECT_EQ(json.contains("block"), report.fault.block.present());
    EXPECT_EQ(json.value("diagnosis", Json::array()).size(), report.diagnosis.findings.size());
  }
}

TEST(JsonReport, SaysWhereAndByWhatAndSinceWhen) {
  std::size_t places = 0;
  std::size_t accesses = 0;
  std::size_t damages = 0;
  for (const samples::Sample& sample : samples::all()) {
    const Report report = samples::diagnosed(sample.report);
    const Json json = Json::parse(line_of(sample.report));
    char buffer[2000];
    TextWriter words(buffer);
    headline(report.fault, words);
    EXPECT_EQ(json.value("headline", ""), words.view()) << sample.name;
    if (json.contains("location")) {
      ++places;
      const Json& place = json["location"];
      EXPECT_NE(place.value("of", ""), "") << sample.name;
      EXPECT_NE(place.value("place", ""), "") << sample.name;
      EXPECT_EQ(place.contains("offset"), report.diagnosis.location.offset.has_value()) << sample.name;
    }
    if (json.contains("access")) {
      ++accesses;
      EXPECT_NE(json["access"].value("type", ""), "") << sample.name;
    }
    if (json.contains("written_since")) {
      ++damages;
      EXPECT_EQ(json["written_since"].value("allocations_now", 0U), report.number_now) << sample.name;
    }
  }
  EXPECT_GT(places, 0U);
  EXPECT_GT(accesses, 0U);
  EXPECT_GT(damages, 0U);
}

TEST(JsonReport, ShowsTheDamagedBytesAndWhatWasThere) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  samples::damage(report.fault, 24, samples::Bytes{0, 1});
  const Json json = Json::parse(line_of(report));
  EXPECT_EQ(json["corruption"]["offset"], 24);
  EXPECT_EQ(json["corruption"]["found"], "0001");
  EXPECT_EQ(json["corruption"]["expected"], "c3c3");
  EXPECT_EQ(json["corruption"]["bytes"]["found"].get<std::string>().size(),
            2 * json["corruption"]["bytes"]["damaged"].get<std::string>().size());
  EXPECT_EQ(json["block"]["size"], 24);
  EXPECT_EQ(json["location"]["place"], "right-after");
  EXPECT_EQ(json["culprit"]["function"], "make_name(char const*)");
  EXPECT_EQ(json["summary"], "heap-buffer-overflow /src/demo.cpp:12 in make_name(char const*)");
  EXPECT_EQ(json["written_since"]["what"], "own-allocation");
}

TEST(JsonReport, FramesSayWhatIsKnownOfThem) {
  Report report = samples::about(core::FaultKind::kDoubleFree, samples::freed_block(24));
  report.detected.depth = 2;
  report.detected.frames[0] = {
      .pc = 0x1234, .function = "evil\n\xff\"", .file = "/a\\b.c", .line = 3, .inlined = true};
  report.detected.frames[1] = {
      .pc = 0x1234, .module = "/opt/demo", .offset = 0x34, .build_id = "00ff", .unloaded = true};
  const Json json = Json::parse(line_of(report));
  const Json& frames = json["stacks"][0]["frames"];
  EXPECT_EQ(frames[0], (Json{{"pc", "0x1234"},
                             {"function", "evil\n\xef\xbf\xbd\""},
                             {"file", "/a\\b.c"},
                             {"line", 3},
                             {"inlined", true}}));
  EXPECT_EQ(frames[1], (Json{{"pc", "0x1234"},
                             {"module", "/opt/demo"},
                             {"offset", "0x34"},
                             {"build_id", "00ff"},
                             {"inlined", false},
                             {"unloaded", true}}));
}

// Names as long as they may be, in each of 192 frames of each stack.
TEST(JsonReport, LeavesOutFramesThatDoNotFit) {
  Report report = samples::about(core::FaultKind::kDoubleFree, samples::freed_block(24));
  const std::string name(1000, '\x01');
  for (Stack* stack : {&report.detected, &report.allocated, &report.freed}) {
    stack->depth = kMaxFrames;
    for (Frame& frame : stack->frames)
      frame = {.pc = 1, .module = name.c_str(), .function = name.c_str(), .file = name.c_str()};
  }
  const std::string line = line_of(report);
  ASSERT_TRUE(Json::accept(line));
  const Json json = Json::parse(line);
  std::size_t frames = 0;
  for (const Json& stack : json["stacks"])
    frames += stack["frames"].size() + stack.value("frames_omitted", std::size_t{0});
  EXPECT_EQ(frames, 3 * kMaxFrames);
}

TEST(JsonReport, OfAFaultAloneHasWhatEveryReportHas) {
  std::ifstream file(PADLOCK_SCHEMA);
  const Json schema = Json::parse(file);
  for (const samples::Sample& sample : samples::all()) {
    char buffer[JsonRenderer::kAloneRoom];
    TextWriter out(buffer);
    JsonRenderer().write_alone(sample.report.fault, 42, out);
    EXPECT_EQ(out.view().back(), '\n');
    const Json line = Json::parse(out.view());
    for (const Json& name : schema["required"]) EXPECT_TRUE(line.contains(name.get<std::string>())) << name;
    EXPECT_EQ(line["process"], 42);
    EXPECT_EQ(line["kind"], core::to_string(sample.report.fault.kind));
    EXPECT_EQ(line["summary"], line["kind"]);
    EXPECT_FALSE(line.contains("culprit"));
    EXPECT_EQ(line["stacks"], Json::array());
    EXPECT_EQ(line.contains("block"), sample.report.fault.block.present());
  }
}

TEST(JsonReport, TheSchemaKnowsEveryKind) {
  const Json schema = Json::parse(std::ifstream(PADLOCK_SCHEMA));
  Json kinds = Json::array();
  for (const core::FaultKind kind : core::kFaultKinds) kinds.push_back(core::to_string(kind));
  kinds.push_back("leak");
  EXPECT_EQ(schema["properties"]["kind"]["enum"], kinds);
}

TEST(JsonReport, OfALeakIsALineForEachGroup) {
  const Report report = samples::about(core::FaultKind::kDoubleFree, samples::freed_block(24));
  std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  const JsonRenderer form;
  const LeakGroup group = {.trace = 1, .direct = true, .blocks = 3, .bytes = 9};
  form.begin_leaks({}, 4242, out);
  form.write_leak(group, report.allocated, 4242, out);
  form.write_leak(group, {}, 4242, out);
  form.end_leaks({}, {}, 4242, out);
  const std::string lines(out.view());
  const std::size_t end = lines.find('\n');
  const Json json = Json::parse(lines.substr(0, end));
  EXPECT_EQ(json["kind"], "leak");
  EXPECT_EQ(json["leak"], (Json{{"direct", true}, {"bytes", 9}, {"blocks", 3}}));
  EXPECT_EQ(json["stacks"][0]["frames"][0]["line"], 12);
  EXPECT_TRUE(Json::accept(lines.substr(end)));
}

}  // namespace
}  // namespace padlock::report
