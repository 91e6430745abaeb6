// By the grammar of docs/REPORTS.md.
#include "cli/symbolize/frame_line.h"

#include <fmt/format.h>

#include <regex>

namespace padlock::cli {

std::optional<OpenFrame> parse_open_frame(const std::string& line) {
  static const std::regex frame_form(
      R"(^    #\d+ (0x[0-9a-f]+)(?: in (.*))? \((.+)\+0x([0-9a-f]{1,16})\)(?: \(BuildId: ([0-9a-f]+)\))?( \(unloaded\))?$)");
  std::smatch part;
  if (!std::regex_match(line, part, frame_form)) return std::nullopt;
  OpenFrame frame;
  frame.pc = part[1];
  frame.function = part[2];
  frame.module = part[3];
  frame.offset = std::stoull(part[4], nullptr, 16);
  frame.build_id = part[5];
  frame.unloaded = part[6].matched;
  return frame;
}

std::optional<OpenSummary> parse_open_summary(const std::string& line) {
  static const std::regex summary_form(
      R"(^(SUMMARY: Padlock: [a-z-]+)(?: in .*)? \((.+)\+0x([0-9a-f]{1,16})\)$)");
  std::smatch part;
  if (!std::regex_match(line, part, summary_form)) return std::nullopt;
  return OpenSummary{part[1], part[2], std::stoull(part[3], nullptr, 16)};
}

std::string renumbered(const std::string& line, unsigned& next) {
  static const std::regex number_form(R"(^    #(\d{1,6}) (0x[0-9a-f]+.*)$)");
  std::smatch part;
  if (!std::regex_match(line, part, number_form)) return line;
  if (part[1] == "0") next = 0;
  return fmt::format("    #{} {}", next++, part[2].str());
}

}  // namespace padlock::cli
