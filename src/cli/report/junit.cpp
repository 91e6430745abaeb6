// The elements of JUnit that a report fills.
#include "cli/report/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/report/markup.h"

namespace padlock::cli {
namespace {

std::string frame_line(const Json& frame) {
  const std::string function = text_at(frame, "function");
  const std::string file = text_at(frame, "file");
  const std::string module = text_at(frame, "module");
  std::string line = "    in " + (function.empty() ? "??" : function);
  if (!file.empty()) {
    line += fmt::format(" {}:{}", file, number_at(frame, "line"));
  } else if (!module.empty()) {
    line += fmt::format(" ({}+{})", module, text_at(frame, "offset"));
  }
  return line + '\n';
}

std::string text_of(const ReportGroup& group) {
  const Json& report = group.report;
  std::string text = text_at(report, "headline") + '\n';
  for (const Json& item : list_at(report, "diagnosis")) text += "- " + text_at(item, "words") + '\n';
  for (const Json& stack : list_at(report, "stacks")) {
    text += role_words(text_at(stack, "role"));
    if (const std::string thread = thread_words(stack); !thread.empty()) text += " by " + thread;
    text += ":\n";
    for (const Json& frame : list_at(stack, "frames")) text += frame_line(frame);
  }
  text += fmt::format("stack hash {}, seen {} {}\n", text_at(report, "hash"), group.count,
                      group.count == 1 ? "time" : "times");
  return text;
}

std::string case_of(const ReportGroup& group) {
  const Json& report = group.report;
  const Json& culprit = culprit_of(report);
  std::string place;
  if (const std::string file = text_at(culprit, "file"); !file.empty())
    place = fmt::format(" file=\"{}\" line=\"{}\"", escaped(file), number_at(culprit, "line"));
  return fmt::format(
      "    <testcase classname=\"padlock.{0}\" name=\"{1}\"{2} time=\"0\">\n"
      "      <failure type=\"{0}\" message=\"{3}\">{4}</failure>\n"
      "    </testcase>\n",
      escaped(text_at(report, "kind")), escaped(text_at(report, "summary")), place,
      escaped(text_at(report, "headline")), escaped(text_of(group)));
}

// A report that could not be read may have been one of a fault.
std::string error_of(const std::string& problem) {
  return fmt::format(
      "    <testcase classname=\"padlock\" name=\"readable reports\" time=\"0\">\n"
      "      <error message=\"{}\"/>\n"
      "    </testcase>\n",
      escaped(problem));
}

}  // namespace

std::string to_junit(const LoadedReports& loaded) {
  const std::size_t failures = loaded.groups.size();
  const std::size_t errors = loaded.problems.size();
  const std::size_t tests = std::max<std::size_t>(failures + errors, 1);
  std::string cases;
  for (const ReportGroup& group : loaded.groups) cases += case_of(group);
  for (const std::string& problem : loaded.problems) cases += error_of(problem);
  if (failures + errors == 0)
    cases = "    <testcase classname=\"padlock\" name=\"no heap faults\" time=\"0\"/>\n";
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"padlock\" tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"padlock\" tests=\"{0}\" failures=\"{1}\" errors=\"{3}\" skipped=\"0\" "
      "time=\"0\">\n{2}"
      "  </testsuite>\n"
      "</testsuites>\n",
      tests, failures, cases, errors);
}

}  // namespace padlock::cli
