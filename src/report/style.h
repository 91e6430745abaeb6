// How a report may look where it goes.
#pragma once

#include <cstddef>

namespace padlock::report {

struct Style {
  bool color = false;                  // the output understands the escape sequences of a terminal
  bool summary = true;                 // with a summary at its end
  bool ends_process = true;            // the process ends with the report
  std::size_t dedup_token_length = 0;  // frames of AddressSanitizer's token; 0: none
};

}  // namespace padlock::report
