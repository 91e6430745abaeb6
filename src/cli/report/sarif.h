// Reports as SARIF 2.1.0, for code scanning: GitHub, GitLab, editors.
#pragma once

#include <string>

#include "cli/report/load.h"
#include "cli/report/sources.h"

namespace padlock::cli {

/// A result for each group, at the program's own frame. Rule ids are "padlock/KIND"; paths are relative to
/// the sources' root; the partial fingerprint is the stack hash.
std::string to_sarif(const LoadedReports& loaded, Sources& sources);

}  // namespace padlock::cli
