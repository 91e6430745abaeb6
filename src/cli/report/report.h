// `padlock report`: other forms of reports that are there as lines of JSON.
#pragma once

#include <string>
#include <vector>

namespace padlock::cli {

struct ReportRequest {
  enum class Form { kNone, kSarif, kHtml, kJunit };
  Form form = Form::kNone;
  std::string output;  // "": standard output
  std::string root = ".";
  std::vector<std::string> files;  // "-": standard input
};

/// Writes the form that is asked for. Throws Refusal where a file cannot be read or written. Lines that
/// cannot be read are named on standard error.
void report(const ReportRequest& request);

}  // namespace padlock::cli
