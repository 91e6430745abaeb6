// By the schema of docs/report.schema.json; whatever is of another type is left alone.
#include "cli/symbolize/json_report.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/report/load.h"

namespace padlock::cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::vector<NamedLevel> levels_of(const OrderedJson& frame, const LevelsAt& levels_at) {
  const std::string module = text_at(frame, "module");
  const std::string offset = text_at(frame, "offset");
  if (module.empty() || offset.empty() || frame.contains("file")) return {};
  return levels_at(module, text_at(frame, "build_id"), std::strtoull(offset.c_str(), nullptr, 16));
}

// The frame at one level of it. Names come where a report with symbols has them: before the module.
OrderedJson named(const OrderedJson& frame, const NamedLevel& level, bool is_stack, bool inlined) {
  const std::string function = level.function.empty() ? text_at(frame, "function") : level.function;
  OrderedJson result = OrderedJson::object();
  for (const auto& [name, value] : frame.items()) {
    if (name == "module") {
      if (!function.empty()) result["function"] = function;
      if (!level.file.empty()) result["file"] = level.file;
      if (!level.file.empty() && level.line > 0) result["line"] = level.line;
    }
    if (name != "function") result[name] = value;
  }
  if (is_stack) result["inlined"] = inlined;
  return result;
}

void name_stack(OrderedJson& stack, const LevelsAt& levels_at) {
  const auto frames = stack.is_object() ? stack.find("frames") : stack.end();
  if (!stack.is_object() || frames == stack.end() || !frames->is_array()) return;
  OrderedJson all = OrderedJson::array();
  for (const OrderedJson& frame : *frames) {
    const std::vector<NamedLevel> levels =
        frame.is_object() ? levels_of(frame, levels_at) : std::vector<NamedLevel>();
    if (levels.empty()) all.push_back(frame);
    for (std::size_t i = 0; i < levels.size(); ++i)
      all.push_back(named(frame, levels[i], true, i + 1 < levels.size()));
  }
  *frames = std::move(all);
}

void name_culprit(OrderedJson& report, const LevelsAt& levels_at) {
  const auto culprit = report.find("culprit");
  if (culprit == report.end() || !culprit->is_object()) return;
  const std::vector<NamedLevel> levels = levels_of(*culprit, levels_at);
  if (levels.empty() || levels.front().file.empty()) return;
  const NamedLevel& level = levels.front();
  *culprit = named(*culprit, level, false, false);
  if (report.contains("summary"))
    report["summary"] =
        fmt::format("{} {}:{} in {}", text_at(report, "kind"), level.file, level.line, level.function);
}

}  // namespace

std::string symbolized_json(const std::string& line, const LevelsAt& levels_at) {
  OrderedJson report = OrderedJson::parse(line, nullptr, false);
  if (!report.is_object() || !report.contains("schema_version") || report["schema_version"] != 1) return line;
  if (const auto stacks = report.find("stacks"); stacks != report.end() && stacks->is_array()) {
    for (OrderedJson& stack : *stacks) name_stack(stack, levels_at);
  }
  name_culprit(report, levels_at);
  return report.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace padlock::cli
