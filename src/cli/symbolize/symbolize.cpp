// Line by line: whatever is neither an open frame nor a report in JSON is copied.
#include "cli/symbolize/symbolize.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <utility>

#include "cli/refusal.h"
#include "cli/symbolize/debug_package.h"
#include "cli/symbolize/frame_line.h"
#include "cli/symbolize/json_report.h"
#include "cli/symbolize/symbol_files.h"

namespace padlock::cli {
namespace {

class Symbolizer {
 public:
  Symbolizer(std::ostream& out, const std::vector<std::string>& symbol_paths)
      : out_(out), files_(symbol_paths) {}

  void read(const std::string& line) {
    if (line.starts_with('{')) return read_json(line);
    if (const std::optional<OpenSummary> summary = parse_open_summary(line)) return write(*summary, line);
    std::optional<OpenFrame> frame = parse_open_frame(line);
    if (!frame) {
      out_ << renumbered(line, next_) << '\n';
      return;
    }
    if (line.starts_with("    #0 ")) next_ = 0;
    complete(*frame);
    const std::vector<NamedLevel> levels =
        levels_at(frame->module, frame->build_id, frame->offset, frame->function);
    if (levels.empty()) {
      out_ << renumbered(line, next_) << '\n';
      return;
    }
    for (std::size_t i = 0; i < levels.size(); ++i) write(*frame, levels[i], i + 1 < levels.size());
  }

  /// Modules by path and build id: whether any of their frames got a source line. Those of which there was
  /// none but the C runtime's _start, which never has one, are left out.
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, bool>& modules() const {
    return modules_;
  }

 private:
  void read_json(const std::string& line) {
    out_ << symbolized_json(line, [this](const auto& module, const auto& build_id, std::uint64_t offset) {
      return levels_at(module, build_id, offset);
    }) << '\n';
  }

  // At a return address; notes whether the module has source lines. `known`: the function, as the report has
  // it.
  std::vector<NamedLevel> levels_at(const std::string& module, const std::string& build_id,
                                    std::uint64_t offset, std::string_view known = {}) {
    std::vector<NamedLevel> levels = files_.names_at(module, build_id, offset - 1);
    const bool has_line = !levels.empty() && !levels.front().file.empty();
    const std::string_view found = levels.empty() ? std::string_view() : levels.front().function;
    if (!has_line && (found.empty() ? known : found) == "_start") return levels;
    bool& has_lines = modules_[{module, build_id}];
    has_lines = has_lines || has_line;
    return levels;
  }

  // A build id stands at a module's first frame in a stack.
  void complete(OpenFrame& frame) {
    std::string& known = build_ids_[frame.module];
    if (frame.build_id.empty()) frame.build_id = known;
    known = frame.build_id;
  }

  void write(const OpenSummary& summary, const std::string& line) {
    const auto levels = files_.names_at(summary.module, build_ids_[summary.module], summary.offset - 1);
    if (levels.empty() || levels.front().file.empty()) {
      out_ << line << '\n';
      return;
    }
    const NamedLevel& level = levels.front();
    out_ << fmt::format("{} {}:{} in {}\n", summary.words, level.file, level.line, level.function);
  }

  void write(const OpenFrame& frame, const NamedLevel& level, bool inlined) {
    const std::string function = !level.function.empty()   ? level.function
                                 : !frame.function.empty() ? frame.function
                                                           : "??";
    std::string place = fmt::format("({}+{:#x})", frame.module, frame.offset);
    if (!level.file.empty() && level.line != 0) place = fmt::format("{}:{}", level.file, level.line);
    if (!level.file.empty() && level.line == 0) place = level.file;
    out_ << fmt::format("    #{} {} in {} {}{}{}\n", next_++, frame.pc, function, place,
                        frame.unloaded ? " (unloaded)" : "", inlined ? " (inlined)" : "");
  }

  std::ostream& out_;
  SymbolFiles files_;
  std::map<std::string, std::string> build_ids_;
  std::map<std::pair<std::string, std::string>, bool> modules_;
  unsigned next_ = 0;
};

}  // namespace

void symbolize(std::istream& report, const std::string& name, std::ostream& out,
               const std::vector<std::string>& symbol_paths, std::vector<std::string>& unnamed) {
  Symbolizer symbolizer(out, symbol_paths);
  bool first = true;
  for (std::string line; std::getline(report, line); first = false) {
    if (first) refuse_binary(line, name);
    symbolizer.read(line);
  }
  for (const auto& [named, has_lines] : symbolizer.modules()) {
    if (has_lines) continue;
    const auto& [module, build_id] = named;
    const std::string id = build_id.empty() ? "" : fmt::format(" (BuildId: {})", build_id);
    unnamed.push_back(fmt::format("no source lines for {}{}{}", module, id, debug_package_hint(module)));
  }
}

void symbolize(const SymbolizeRequest& request) {
  for (const std::string& folder : request.symbol_paths) {
    if (!std::filesystem::is_directory(folder))
      throw Refusal(Status::kBadUsage, fmt::format("--symbol-path: {} is no folder", folder));
  }
  std::vector<std::string> unnamed;
  if (request.files.empty()) symbolize(std::cin, "standard input", std::cout, request.symbol_paths, unnamed);
  for (const std::string& file : request.files) {
    std::ifstream report(file);
    if (!report || std::filesystem::is_directory(file))
      throw Refusal(Status::kBadUsage, fmt::format("{} cannot be read", file));
    symbolize(report, file, std::cout, request.symbol_paths, unnamed);
  }
  std::cout.flush();
  if (!std::cout) throw Refusal(Status::kBadUsage, "the output cannot be written");
  for (const std::string& line : unnamed) fmt::print(stderr, "padlock: {}\n", line);
}

}  // namespace padlock::cli
