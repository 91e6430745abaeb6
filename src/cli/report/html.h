// Reports as one HTML page that needs nothing else: no script, no network.
#pragma once

#include <string>

#include "cli/report/load.h"
#include "cli/report/sources.h"

namespace padlock::cli {

/// A card for each group: the fault, the heap around it, its bytes, what is said of it, and each stack with
/// the source lines of its frames where the sources have them.
std::string to_html(const LoadedReports& loaded, Sources& sources);

}  // namespace padlock::cli
