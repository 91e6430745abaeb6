// The parts of diagnose(), one a family of faults. Each appends what it finds; none of them is called by
// others.
#pragma once

#include "report/diagnosis.h"

namespace padlock::report {

void find_in_overflow(const Report& report, LineList& findings) noexcept;
void find_in_underflow(const Report& report, LineList& findings) noexcept;
void find_in_freed_write(const Report& report, LineList& findings) noexcept;
/// What holds for written bytes wherever they are: text, a fill, a pointer.
void find_in_bytes(const Report& report, LineList& findings) noexcept;

void find_in_double_free(const Report& report, LineList& findings) noexcept;
void find_in_invalid_free(const Report& report, LineList& findings) noexcept;
void find_in_mismatch(const Report& report, LineList& findings) noexcept;
void find_in_wrong_size(const Report& report, LineList& findings) noexcept;
void find_in_wrong_alignment(const Report& report, LineList& findings) noexcept;

void name_suspect(const Report& report, LineList& suspect) noexcept;
void advise(const Report& report, LineList& next_steps) noexcept;

}  // namespace padlock::report
