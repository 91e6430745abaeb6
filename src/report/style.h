// How a report may look where it goes.
#pragma once

namespace padlock::report {

struct Style {
  bool color = false;   // the output understands the escape sequences of a terminal
  bool summary = true;  // with a summary at its end
};

}  // namespace padlock::report
