// Files in, one form out.
#include "cli/report/report.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "cli/refusal.h"
#include "cli/report/html.h"
#include "cli/report/junit.h"
#include "cli/report/load.h"
#include "cli/report/sarif.h"
#include "cli/report/shorten.h"
#include "cli/report/sources.h"

namespace padlock::cli {
namespace {

LoadedReports load_all(const std::vector<std::string>& files) {
  LoadedReports loaded;
  for (const std::string& name : files) {
    if (name == "-") {
      load_reports(std::cin, "standard input", loaded);
      continue;
    }
    std::ifstream file(name);
    if (!file) throw Refusal(Status::kBadUsage, fmt::format("{}: cannot be read", name));
    load_reports(file, name, loaded);
  }
  return loaded;
}

std::string in_form(ReportRequest::Form form, const LoadedReports& loaded, Sources& sources) {
  switch (form) {
    case ReportRequest::Form::kSarif:
      return to_sarif(loaded, sources);
    case ReportRequest::Form::kHtml:
      return to_html(loaded, sources);
    case ReportRequest::Form::kJunit:
      return to_junit(loaded);
    case ReportRequest::Form::kNone:
      break;
  }
  throw Refusal(Status::kBadUsage, "report: one of --sarif, --html and --junit is needed");
}

}  // namespace

void report(const ReportRequest& request) {
  LoadedReports loaded = load_all(request.files);
  for (const std::string& problem : loaded.problems) fmt::print(stderr, "padlock: {}\n", problem);
  for (const std::string& note : loaded.notes) fmt::print(stderr, "padlock: note: {}\n", note);
  Sources sources(request.root);
  shorten_paths(loaded, sources);
  const std::string text = in_form(request.form, loaded, sources);
  if (request.output.empty()) {
    if (std::cout << text << std::flush) return;
    throw Refusal(Status::kBadUsage, "standard output cannot be written");
  }
  std::ofstream file(request.output, std::ios::binary);
  if (!(file << text << std::flush))
    throw Refusal(Status::kBadUsage, fmt::format("{}: cannot be written", request.output));
}

}  // namespace padlock::cli
