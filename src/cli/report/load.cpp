// Lines to reports, reports to groups.
#include "cli/report/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>

#include "cli/refusal.h"

namespace padlock::cli {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

const std::map<std::string, std::string> roles = {
    {"trapped", "Trapped at the access"},
    {"wrote", "Written"},
    {"used", "Trapped where the value was used"},
    {"found-damage", "Found by a check, after the write"},
    {"passed", "Passed"},
    {"freed-again", "Freed again"},
    {"requested", "Requested"},
    {"called", "Called"},
    {"allocated", "Allocated"},
    {"freed", "Freed"},
    {"first-freed", "First freed"},
    {"block-before", "The block before it was allocated"},
    {"block-behind", "The block behind it was allocated"},
    {"pointee", "The block pointed to was allocated"},
};

bool is_report(const Json& json) {
  return json.is_object() && number_at(json, "schema_version") == kSchemaVersion &&
         !text_at(json, "kind").empty() && json.contains("stacks");
}

void add(Json report, LoadedReports& loaded) {
  const std::string hash = text_at(report, "hash");
  const auto same = std::find_if(loaded.groups.begin(), loaded.groups.end(), [&](const ReportGroup& group) {
    return text_at(group.report, "hash") == hash && text_at(group.report, "kind") == text_at(report, "kind");
  });
  if (same != loaded.groups.end()) {
    ++same->count;
    return;
  }
  loaded.groups.push_back({std::move(report)});
}

// The first line of a report as text.
bool begins_text_report(const std::string& line) {
  return line.starts_with("==") && line.find("==ERROR: Padlock: ") != std::string::npos;
}

}  // namespace

void load_reports(std::istream& lines, const std::string& name, LoadedReports& loaded) {
  std::string line;
  bool any_report = false;
  bool any_text_report = false;
  bool empty = true;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (number == 1) refuse_binary(line, name);
    empty = false;
    any_text_report = any_text_report || begins_text_report(line);
    if (line.empty() || line.front() != '{') continue;
    Json json = Json::parse(line, nullptr, false);
    if (is_report(json)) {
      any_report = true;
      add(std::move(json), loaded);
    } else {
      loaded.problems.push_back(fmt::format(
          "{}:{}: {}", name, number,
          json.is_discarded() ? "not JSON: the line may have been cut" : "no report of schema_version 1"));
    }
  }
  if (empty || any_report) return;
  if (any_text_report)
    throw Refusal(Status::kBadUsage,
                  fmt::format("{}: its reports are text; needed are those that json_path=FILE or "
                              "report_format=json writes",
                              name));
  loaded.notes.push_back(fmt::format("no report found in {}", name));
}

std::int64_t number_at(const Json& object, const char* name, std::int64_t fallback) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : fallback;
}

const Json& list_at(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

const Json& object_at(const Json& object, const char* name) {
  static const Json none = Json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : none;
}

std::string role_words(const std::string& role) {
  const auto found = roles.find(role);
  return found != roles.end() ? found->second : role;
}

std::string thread_words(const Json& stack) {
  const Json& thread = object_at(stack, "thread");
  if (thread.empty()) return "";
  std::string words = thread.contains("index") ? fmt::format("T{}", number_at(thread, "index")) : "a thread";
  if (const std::string name = text_at(thread, "name"); !name.empty()) words += fmt::format(" ({})", name);
  return words;
}

const Json& culprit_of(const Json& report) { return object_at(report, "culprit"); }

}  // namespace padlock::cli
