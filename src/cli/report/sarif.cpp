// The objects of SARIF that a report fills.
#include "cli/report/sarif.h"

#include <fmt/format.h>

#include <algorithm>

namespace padlock::cli {
namespace {

constexpr const char* kRoot = "SRCROOT";

std::string rule_of(const Json& report) { return "padlock/" + text_at(report, "kind"); }

// Percent-encoded, but for what a path of a URI may hold.
std::string uri_of(const std::string& path) {
  std::string uri;
  for (const char character : path) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') ||
                       std::string_view("/-._~").find(character) != std::string_view::npos;
    uri += plain ? std::string(1, character) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

Json artifact_of(const std::string& file, Sources& sources) {
  if (const auto below = sources.below_root(file)) return {{"uri", uri_of(*below)}, {"uriBaseId", kRoot}};
  return {{"uri", (file.starts_with('/') ? "file://" : "") + uri_of(file)}};
}

// Of a frame or of the culprit.
Json location_of(const Json& frame, Sources& sources) {
  Json location = Json::object();
  const std::string file = text_at(frame, "file");
  const std::string function = text_at(frame, "function");
  if (!file.empty()) {
    Json& physical = location["physicalLocation"];
    physical["artifactLocation"] = artifact_of(file, sources);
    if (const std::int64_t line = number_at(frame, "line"); line > 0) physical["region"]["startLine"] = line;
  }
  if (!function.empty())
    location["logicalLocations"] = {{{"fullyQualifiedName", function}, {"kind", "function"}}};
  return location;
}

std::string frame_words(const Json& frame) {
  std::string function = text_at(frame, "function");
  const std::string module = text_at(frame, "module");
  if (!function.empty()) return function;
  return module.empty() ? "??" : fmt::format("{}+{}", module, text_at(frame, "offset"));
}

Json stack_of(const Json& stack, Sources& sources) {
  std::string title = role_words(text_at(stack, "role"));
  if (const std::string thread = thread_words(stack); !thread.empty()) title += " by " + thread;
  Json frames = Json::array();
  for (const Json& frame : list_at(stack, "frames")) {
    Json entry = {{"location", location_of(frame, sources)}};
    entry["location"]["message"]["text"] = frame_words(frame);
    if (const std::string module = text_at(frame, "module"); !module.empty()) entry["module"] = module;
    frames.push_back(std::move(entry));
  }
  return {{"message", {{"text", title}}}, {"frames", std::move(frames)}};
}

std::string message_of(const Json& report) {
  std::string text = fmt::format("{}: {}.", text_at(report, "kind"), text_at(report, "headline"));
  for (const Json& item : list_at(report, "diagnosis")) text += ' ' + text_at(item, "words");
  return text;
}

Json result_of(const ReportGroup& group, const Json& rules, Sources& sources) {
  const Json& report = group.report;
  const auto is_rule = [&](const Json& rule) { return rule["id"] == rule_of(report); };
  Json result = {{"ruleId", rule_of(report)},
                 {"ruleIndex", std::find_if(rules.begin(), rules.end(), is_rule) - rules.begin()},
                 {"level", "error"},
                 {"message", {{"text", message_of(report)}}},
                 {"locations", Json::array()},
                 {"stacks", Json::array()},
                 {"partialFingerprints", {{"padlockStackHash/v1", text_at(report, "hash")}}},
                 {"occurrenceCount", group.count}};
  if (const Json location = location_of(culprit_of(report), sources); !location.empty())
    result["locations"].push_back(location);
  for (const Json& stack : list_at(report, "stacks")) result["stacks"].push_back(stack_of(stack, sources));
  return result;
}

Json rules_of(const LoadedReports& loaded) {
  Json rules = Json::array();
  for (const ReportGroup& group : loaded.groups) {
    const std::string id = rule_of(group.report);
    if (std::any_of(rules.begin(), rules.end(), [&](const Json& rule) { return rule["id"] == id; })) continue;
    const std::string kind = text_at(group.report, "kind");
    rules.push_back({{"id", id},
                     {"name", kind},
                     {"shortDescription", {{"text", "Heap fault: " + kind}}},
                     {"help", {{"text", "docs/REPORTS.md of Padlock describes the kind " + kind + "."}}},
                     {"defaultConfiguration", {{"level", "error"}}},
                     {"properties", {{"tags", {"security", "memory"}}}}});
  }
  return rules;
}

}  // namespace

std::string to_sarif(const LoadedReports& loaded, Sources& sources) {
  const Json rules = rules_of(loaded);
  Json results = Json::array();
  for (const ReportGroup& group : loaded.groups) results.push_back(result_of(group, rules, sources));
  Json run = {
      {"tool", {{"driver", {{"name", "Padlock"}, {"semanticVersion", PADLOCK_VERSION}, {"rules", rules}}}}},
      {"originalUriBaseIds", {{kRoot, {{"uri", "file://" + uri_of(sources.root().string()) + "/"}}}}},
      {"columnKind", "utf16CodeUnits"},
      {"results", std::move(results)}};
  const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", Json::array({std::move(run)})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace padlock::cli
