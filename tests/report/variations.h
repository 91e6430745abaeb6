// What may be different about a report: one thing each, for tests that look at all of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/report.h"

namespace padlock::report::samples {

struct Variation {
  std::string name;
  std::function<void(Report&)> make;
};

/// Of enumerators and of numbers next to where something changes. Any of them may be made of any sample, of
/// several, too.
const std::vector<Variation>& variations();

}  // namespace padlock::report::samples
