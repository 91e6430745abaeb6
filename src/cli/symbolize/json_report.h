// A report as a line of JSON: its frames without source lines, and what names them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/symbolize/symbol_files.h"

namespace padlock::cli {

/// The functions at a return address's offset of a module, innermost first; none where they are not known.
using LevelsAt = std::function<std::vector<NamedLevel>(const std::string& module, const std::string& build_id,
                                                       std::uint64_t offset)>;

/// The line with names filled in: in the frames of all stacks, a frame for each inlined level, in the culprit
/// and in the summary. The hash stays. Members keep their order. A line that is no report is returned as it
/// is.
std::string symbolized_json(const std::string& line, const LevelsAt& levels_at);

}  // namespace padlock::cli
