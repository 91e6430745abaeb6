// What a report says, section by section: for tests of its words.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "report/text/text_renderer.h"

#include "samples.h"

namespace padlock::report::said {

using Lines = std::vector<std::string>;

// What stands under `title`, item by item, in one line each.
inline Lines items(const Report& report, const std::string& title, const std::string& bullet) {
  std::string buffer(kReportCapacity, '\0');
  TextWriter out(buffer);
  samples::write(TextRenderer(), samples::diagnosed(report), out);
  std::istringstream text{std::string(out.view())};
  Lines lines;
  bool inside = false;
  for (std::string line; std::getline(text, line) && !(inside && (line.empty() || line[0] == '='));) {
    const bool starts = inside ? line.starts_with(bullet) : line.starts_with(title);
    inside = inside || starts;
    if (line == title) continue;
    if (starts)
      lines.push_back(line.substr(inside && line.starts_with(title) ? title.size() : bullet.size()));
    if (inside && !starts) lines.back() += line.substr(line.find_first_not_of(' ') - 1);
  }
  return lines;
}

inline Lines findings(const Report& report) { return items(report, "Diagnosis:", "  - "); }
inline Lines steps(const Report& report) { return items(report, "What to do next:", "  - "); }
inline Lines suspect(const Report& report) { return items(report, "Suspect: ", "\n"); }

template <typename Written>
Report overflow(std::uint64_t requested, std::int64_t offset, const Written& bytes) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(requested));
  samples::damage(report.fault, offset, bytes);
  return report;
}

}  // namespace padlock::report::said
