// A line for each report in the file that `pinpoint_log` names: how another run of the program finds the
// block again. Read by `padlock pinpoint`.
#pragma once

#include "core/fault.h"

namespace padlock::runtime {

/// Nothing where no such file is asked for. Takes no lock.
void write_pinpoint_line(const core::Fault& fault) noexcept;

}  // namespace padlock::runtime
