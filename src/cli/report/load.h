// Reports as report_format=json and json_path write them, read back: what the forms of `padlock report` are
// made of.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace padlock::cli {

using Json = nlohmann::json;

/// Reports of one stack hash: the first of them stands for all.
struct ReportGroup {
  Json report;
  std::size_t count = 1;
};

struct LoadedReports {
  std::vector<ReportGroup> groups;    // in the order in which they came
  std::vector<std::string> problems;  // a line each: what could not be read
  std::vector<std::string> notes;     // a line each: files that hold something else
};

/// Adds the reports of one file. Lines that are no JSON objects are passed over, since a log may hold other
/// text; of those that begin as one and cannot be read, or are of another schema_version, `problems` says so.
/// A file that is not empty and has no report is in `notes`. Throws Refusal (kBadUsage) where it cannot be a
/// log of reports as JSON: it is binary, or has them as text.
void load_reports(std::istream& lines, const std::string& name, LoadedReports& loaded);

// Members that may be missing, with a value that fits.

/// `AnyJson`: with the order of members or without.
template <typename AnyJson>
std::string text_at(const AnyJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->template get<std::string>() : std::string();
}
std::int64_t number_at(const Json& object, const char* name, std::int64_t fallback = 0);
/// An empty list or object where there is none.
const Json& list_at(const Json& object, const char* name);
const Json& object_at(const Json& object, const char* name);

/// "Allocated", "Freed again": what a stack is.
std::string role_words(const std::string& role);
/// "T1 (demo)"; "" unknown.
std::string thread_words(const Json& stack);
/// Where the report points to: the culprit's frame; an empty object where there is none.
const Json& culprit_of(const Json& report);

}  // namespace padlock::cli
