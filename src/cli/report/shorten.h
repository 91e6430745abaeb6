// Paths of reports as a reader of the project knows them: relative to its folder.
#pragma once

#include "cli/report/load.h"
#include "cli/report/sources.h"

namespace padlock::cli {

/// Makes the source files of all frames and in the summaries relative to the root of `sources`, where they
/// lie below it. Other paths stay as they are.
void shorten_paths(LoadedReports& loaded, Sources& sources);

}  // namespace padlock::cli
