// The bytes around the damage, sixteen a row, with what they should have been.
#pragma once

#include "core/fault.h"
#include "report/text/paint.h"

namespace padlock::report {

/// Rows of "offset  bytes  characters"; a damaged byte stands in brackets, and under a row with damage stand
/// the bytes that were expected there. Rows without damage are shown only next to one with it. Nothing if the
/// fault has no window.
void dump_damage(const core::Fault& fault, Painter& out) noexcept;

}  // namespace padlock::report
