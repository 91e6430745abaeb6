// Reports as JUnit XML, for what shows tests: Jenkins, GitLab, Bamboo.
#pragma once

#include <string>

#include "cli/report/load.h"

namespace padlock::cli {

/// A failed test case for each group; one that passed where there are none.
std::string to_junit(const LoadedReports& loaded);

}  // namespace padlock::cli
