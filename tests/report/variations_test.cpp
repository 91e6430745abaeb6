// Every variation of every sample in every form, against golden/variations.txt: each line that any of those
// reports has, how often it stands there and, as a hash, in which. PADLOCK_UPDATE_GOLDEN=1 takes today's
// lines for the right ones.
#include "variations.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/asan/asan_renderer.h"
#include "report/json/json_renderer.h"
#include "report/text/text_renderer.h"
#include "samples.h"

namespace padlock::report {
namespace {

class Lines {
 public:
  explicit Lines(std::string path) : path_(std::move(path)) {}

  void add(const std::string& line, const std::string& from) {
    Seen& seen = seen_[line];
    if (seen.count++ == 0) seen.first = from;
    std::uint32_t hash = 2166136261;
    for (const char character : from) hash = (hash ^ static_cast<unsigned char>(character)) * 16777619;
    seen.where = (seen.where + hash) & 0xfffff;
  }

  void expect_golden() const {
    if (std::getenv("PADLOCK_UPDATE_GOLDEN") != nullptr) write();
    std::map<std::string, std::string> golden = read();
    std::size_t different = 0;
    for (const auto& [line, seen] : seen_) {
      const std::string expected = golden[line];
      golden.erase(line);
      if (seen.tally() == expected || ++different > kMostShown) continue;
      ADD_FAILURE() << seen.tally() << " instead of " << expected << ", first in " << seen.first << ":\n"
                    << line;
    }
    for (const auto& [line, tally] : golden)
      if (++different <= kMostShown) ADD_FAILURE() << "never instead of " << tally << ":\n" << line;
    EXPECT_EQ(different, 0U) << "lines of " << path_;
  }

 private:
  static constexpr std::size_t kMostShown = 12;
  struct Seen {
    std::size_t count = 0;
    std::uint32_t where = 0;  // a hash of all reports that have it
    std::string first;

    [[nodiscard]] std::string tally() const { return std::to_string(count) + '@' + std::to_string(where); }
  };

  void write() const {
    std::ofstream file(path_);
    for (const auto& [line, seen] : seen_) file << seen.tally() << ' ' << line << '\n';
  }

  [[nodiscard]] std::map<std::string, std::string> read() const {
    std::map<std::string, std::string> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      const std::size_t blank = line.find(' ');
      lines[line.substr(blank + 1)] = line.substr(0, blank);
    }
    return lines;
  }

  std::string path_;
  std::map<std::string, Seen> seen_;
};

std::string rendered(const Renderer& renderer, const Report& report) {
  static std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  samples::write(renderer, report, out);
  return std::string(out.view());
}

// Frames of deep stacks say all the same.
bool is_deep(const std::string& line) {
  return line.starts_with("    #") && line.size() > 7 && line[6] != ' ' &&
         line.find("#191 ") == std::string::npos;
}

// The headline again, and what JSON has too.
bool is_twice(const std::string& line) {
  return line.starts_with("NOTE: found by Padlock: ") || line.starts_with("Stack hash: ");
}

void add_lines(const std::string& form, const std::string& text, const std::string& from, Lines& lines) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!is_deep(line) && !is_twice(line)) lines.add(form + line, from);
}

// Each value on a line of its own, but for what the text says too.
void add_json(const std::string& text, const std::string& from, Lines& lines) {
  const nlohmann::json flat = nlohmann::json::parse(text).flatten();
  for (const auto& [path, value] : flat.items()) {
    const bool said = path.ends_with("/words") || path == "/headline" || path == "/corruption/bytes/found" ||
                      path == "/corruption/bytes/expected";
    const std::size_t frame = path.find("/frames/");
    const bool deep = frame != std::string::npos && path.find('/', frame + 8) != frame + 9;
    if (!said && !deep) lines.add("json" + path + ' ' + value.dump(), from);
  }
}

void add_forms(const Report& report, const std::string& from, Lines& lines) {
  const Report whole = samples::diagnosed(report);
  add_lines("text ", rendered(TextRenderer(), whole), from, lines);
  add_lines("asan ", rendered(AsanRenderer({.dedup_token_length = 2}), whole), from, lines);
  add_json(rendered(JsonRenderer(), whole), from, lines);
}

TEST(Variations, SayWhatTheySaid) {
  Lines lines(PADLOCK_GOLDEN_FOLDER "/variations.txt");
  for (const samples::Sample& sample : samples::all()) {
    for (const samples::Variation& variation : samples::variations()) {
      Report report = sample.report;
      variation.make(report);
      add_forms(report, std::string(sample.name) + ", " + variation.name, lines);
    }
  }
  lines.expect_golden();
}

}  // namespace
}  // namespace padlock::report
