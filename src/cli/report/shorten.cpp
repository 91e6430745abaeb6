// Of every frame the source file and the module; and the summary, which repeats one of them.
#include "cli/report/shorten.h"

#include <optional>
#include <string>

namespace padlock::cli {
namespace {

void replace_all(std::string& text, const std::string& path, const std::string& shorter) {
  for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at + shorter.size()))
    text.replace(at, path.size(), shorter);
}

// A program of a build folder below the root need not be there any more.
void shorten_module(Json& frame, const Sources& sources) {
  const std::string root = sources.root().string() + '/';
  if (const std::string module = text_at(frame, "module"); module.starts_with(root))
    frame["module"] = module.substr(root.size());
}

void shorten_frame(Json& frame, Sources& sources) {
  shorten_module(frame, sources);
  const std::string file = text_at(frame, "file");
  if (const std::optional<std::string> below = sources.below_root(file)) frame["file"] = *below;
}

void shorten_stack(Json& stack, Sources& sources) {
  if (!stack.is_object() || list_at(stack, "frames").empty()) return;
  for (Json& frame : stack["frames"]) {
    if (frame.is_object()) shorten_frame(frame, sources);
  }
}

void shorten_report(Json& report, Sources& sources) {
  if (!culprit_of(report).empty()) {
    const Json before = culprit_of(report);
    shorten_frame(report["culprit"], sources);
    std::string summary = text_at(report, "summary");
    for (const char* name : {"file", "module"}) {
      if (const std::string path = text_at(before, name); !path.empty())
        replace_all(summary, path, text_at(culprit_of(report), name));
    }
    if (report.contains("summary")) report["summary"] = summary;
  }
  if (list_at(report, "stacks").empty()) return;
  for (Json& stack : report["stacks"]) shorten_stack(stack, sources);
}

}  // namespace

void shorten_paths(LoadedReports& loaded, Sources& sources) {
  for (ReportGroup& group : loaded.groups) shorten_report(group.report, sources);
}

}  // namespace padlock::cli
