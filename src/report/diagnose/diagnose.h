// From the facts of a report to what they say: pure functions of plain data, which read nothing outside of it
// whatever it holds (enumerators out of range, windows larger than their arrays).
#pragma once

#include <cstdint>

#include "report/report.h"

namespace padlock::report {

/// Of everything in `report` but its own diagnosis.
Diagnosis diagnose(const Report& report) noexcept;

/// The value at the damage that could be a pointer, for the runtime to look up (Report::pointee); 0: none.
std::uintptr_t pointer_candidate(const core::Fault& fault) noexcept;

}  // namespace padlock::report
